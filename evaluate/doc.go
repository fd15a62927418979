// Package evaluate computes the table by which the field of structure-based drug design compares its methods, over a folder of pockets.
//
// [FindPockets] finds the pockets, [Read] their molecules, [Run] scores them with the reference ligands beside them, and [Tabulate] makes
// the table: pure functions of molecules and scores, which docs/evaluation.md defines figure by figure.
package evaluate
