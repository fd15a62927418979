// Package chem reads and writes the molecules and proteins that Keel designs for and scores.
//
// PDB, SDF and SMILES come in (plain or gzip, told by content); these and AutoDock PDBQT go out. Between them stand molecules with
// their rings, aromaticity and hydrogens, proteins, pockets, docking boxes, and bonds assigned from scores. Lengths are in Å everywhere.
package chem
