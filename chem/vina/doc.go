// Package vina scores ligand poses as AutoDock Vina 1.2.7 does, brings them to the nearest minimum, and docks.
//
// A receptor and ligands come as PDBQT. A receptor's field in a docking box scores a pose with the receptor's atoms (Vina's
// score) or minimises it over position, orientation and torsions on interpolated grids (Vina's optimize). Types, bonds, torsion
// tree, tables and steps are those of the reference program, so that its numbers come out; where its library ends the process or
// answers 0, there is an error instead. Docking searches as Vina does, with chance of its own: its poses are as good, not the same.
//
// Sources: O. Trott and A. J. Olson, J. Comput. Chem. 31 (2010) 455; J. Eberhardt et al., J. Chem. Inf. Model. 61 (2021) 3891;
// the program's source, github.com/ccsb-scripps/AutoDock-Vina, release 1.2.7. Lengths are in Å, energies in kcal/mol.
package vina
