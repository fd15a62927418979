// Package docked makes training complexes by docking: drug-like ligands into the pockets of receptors, in the manner of CrossDocked2020
// (Francoeur et al., J. Chem. Inf. Model. 60 (2020) 4200), but with any ligand in any pocket.
//
// What it writes is a folder of
//
//	settings.json           what decides the content; a folder is only gone on with under the same
//	docked-000.tar.gz       <id>/pocket.pdb and <id>/ligand.sdf, as in archives of crystal complexes
//	docked-000.tsv          one line a complex: energy, burial, nearest distances
//	docked-000.json         what was tried, kept, and left out for which reason
//
// Every file is written whole or not at all, the archive last. A shard holds the complexes of some receptors and depends on nothing
// but settings and inputs. The first shards hold one receptor of each protein cluster, the next a second one, so that any number of them is
// as diverse as it can be.
package docked
