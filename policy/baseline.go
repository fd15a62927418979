package policy

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Baseline is what a reward is expected to be before its sample is drawn: the mean of its condition's rewards, and a slope on
// [Prior.Covariate] that all conditions share. What is left of a reward is its sample's own merit; a policy gradient is the same with a
// baseline and has less variance.
type Baseline struct {
	Std    float64 // of rewards about the baseline, at least 1e-6
	all    centre
	groups map[int]centre
	slope  float64
	left   []float64 // of the rewards it was fitted to, above it, sorted
}

// centre is the mean reward and covariate of some samples.
type centre struct{ reward, covariate float64 }

// leastForSlope is the number of rewards below which a slope would be noise.
const leastForSlope = 16

// FitBaseline fits to the finite rewards. group [len(rewards)] names each sample's condition, nil is one; covariate [len(rewards)], nil is none.
func FitBaseline(rewards []float64, group []int, covariate []float64) *Baseline {
	b := &Baseline{groups: map[int]centre{}}
	var kept []int
	for _, members := range finiteGroups(rewards, group) {
		b.groups[groupOf(group, members[0])] = centreOf(rewards, covariate, members)
		kept = append(kept, members...)
	}
	b.all = centreOf(rewards, covariate, kept)
	if covariate != nil && len(kept) >= leastForSlope {
		var both, square float64
		for _, i := range kept {
			c := b.groups[groupOf(group, i)]
			d := covariate[i] - c.covariate
			both, square = both+d*(rewards[i]-c.reward), square+d*d
		}
		if square > 0 {
			b.slope = both / square
		}
	}
	var square float64
	for _, i := range kept {
		d := rewards[i] - b.Of(groupOf(group, i), covariateOf(covariate, i))
		square += d * d
		b.left = append(b.left, d)
	}
	slices.Sort(b.left)
	b.Std = 1e-6
	if len(kept) > 0 {
		b.Std = max(b.Std, math.Sqrt(square/float64(len(kept))))
	}
	return b
}

// Of is the expected reward of a sample; a condition never seen has the mean of all.
func (b *Baseline) Of(group int, covariate float64) float64 {
	c, ok := b.groups[group]
	if !ok {
		c = b.all
	}
	if b.slope == 0 {
		return c.reward
	}
	return c.reward + b.slope*(covariate-c.covariate)
}

// Standardised is a return above its sample's baseline, in standard deviations of the rewards about that.
func (b *Baseline) Standardised(reward float64, group int, covariate float64) float64 {
	return (reward - b.Of(group, covariate)) / b.Std
}

// NormalScore is the quantile of the standard normal distribution at the rank that a return above its baseline has among the rewards the baseline was fitted to
// (van der Waerden 1952): outliers and the reward's scale lose their say. Ties have the middle of their ranks.
func (b *Baseline) NormalScore(reward float64, group int, covariate float64) float64 {
	if len(b.left) == 0 {
		return 0
	}
	d := reward - b.Of(group, covariate)
	from, _ := slices.BinarySearch(b.left, d)
	to := from
	for to < len(b.left) && b.left[to] == d {
		to++
	}
	rank := float64(from+to) / 2 // 0.5 for the least
	n := float64(len(b.left))
	return distuv.UnitNormal.Quantile(min(max(rank, 0.5), n-0.5) / n)
}

func centreOf(rewards, covariate []float64, members []int) (c centre) {
	c.reward, _ = moments(pickRewards(rewards, members))
	if covariate != nil {
		c.covariate, _ = moments(pickRewards(covariate, members))
	}
	return c
}

// GroupOf is the condition of sample b.
func (p *Prior) GroupOf(b int) int { return groupOf(p.Group, b) }

// CovariateOf is the covariate of sample b, 0 where there are none.
func (p *Prior) CovariateOf(b int) float64 { return covariateOf(p.Covariate, b) }

func covariateOf(covariate []float64, i int) float64 {
	if covariate == nil {
		return 0
	}
	return covariate[i]
}
