// Package quality says in figures what a generative model of molecules in pockets is worth: whether its molecules are whole, new and like drugs, whether
// their poses hold, and how far their geometry is from the molecules that the model has learnt from.
//
// [Judge] makes the report, a pure function of molecules and scores; docs/quality.md defines the figures. Beside the model stand the reference ligands, the
// training molecules, the relaxed poses where there are any, and the same molecules placed at random: what no model is needed for.
package quality
