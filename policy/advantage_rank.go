package policy

import (
	"math"
	"slices"
)

// RankRewards replaces each reward by its rank within its group, mapped linearly to [-1, 1]: -1 for the worst, 1 for the best, the
// average rank for ties, 0 for one that is alone. Outliers and the reward's scale lose their say; every rising map of the rewards gives the
// same ranks. A failed reward stays out and is NaN in the result, so that what is made of it, such as unit variance by
// [Standardise] or [GroupStandardise], counts it as failed too. group [len(rewards)] names each sample's, nil is one group.
func RankRewards(rewards []float64, group []int) []float64 {
	out := make([]float64, len(rewards))
	for i := range out {
		out[i] = math.NaN()
	}
	for _, members := range finiteGroups(rewards, group) {
		for i, rank := range averageRanks(rewards, members) {
			out[i] = 0
			if len(members) > 1 {
				out[i] = 2*rank/float64(len(members)-1) - 1
			}
		}
	}
	return out
}

// RankAdvantages are [RankRewards] with the advantage 0 for a failed reward.
func RankAdvantages(rewards []float64, group []int) []float64 {
	out := RankRewards(rewards, group)
	for i, r := range out {
		if !Finite(r) {
			out[i] = 0
		}
	}
	return out
}

// averageRanks gives the members' ranks from 0, by member.
func averageRanks(rewards []float64, members []int) map[int]float64 {
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case rewards[i] < rewards[j]:
			return -1
		case rewards[i] > rewards[j]:
			return 1
		}
		return 0
	})
	ranks := make(map[int]float64, len(order))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && rewards[order[to]] == rewards[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return ranks
}
