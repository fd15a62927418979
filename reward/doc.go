// Package reward turns what is known of a molecule into one number to be maximised.
//
// A reward is made of components. Each has a raw value (a column of the score table, a figure made of several, or what a user's own
// program, service or Go function says), a transform that turns it into a wish between 0 and 1, and a weight; an aggregate makes one
// number of the wishes. Names, parameters and formulas are those of REINVENT 4 (Loeffler et al. 2024, MolecularAI/REINVENT4,
// reinvent/scoring) where it has them. Unlike there, a component that failed is never left out of the mean, which would pay a
// molecule for what nobody knows of it: its reward is NaN, with a reason.
package reward
