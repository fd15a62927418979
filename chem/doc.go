// Package chem reads and writes the molecules and proteins that Keel designs for and scores.
//
// PDB and SDF come in (plain or gzip, told by content); SDF, PDB and AutoDock PDBQT go out. Between them stand molecules,
// proteins, pockets, docking boxes, and bonds assigned from scores. Lengths are in Å everywhere.
package chem
