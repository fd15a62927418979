// Package dataset makes training data for the pocket model: from SMILES, archives and folders as users have them to a folder of checked shards, and
// reads such folders.
//
// A dataset is a folder of
//
//	conformers-00000.sdf.gz    lone molecules in a conformer of theirs: heavy atoms, Kekulé bonds
//	complexes-00000.tar.gz     <id>/pocket.pdb and <id>/ligand.sdf, in one frame
//	manifest.json              what it was made from and how, what was kept, and what was dropped for which reason
//
// Every file is written whole or not at all, and the manifest follows each shard, so that [Build] goes on after a kill where the last shard ended. The
// shards depend on the settings, the seed and the sources, and neither on the number of workers nor on interruptions.
package dataset
