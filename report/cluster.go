package report

import (
	"cmp"
	"slices"

	"keel/evaluate"
)

// clusterSimilarity is the least Tanimoto similarity of RDKit's topological fingerprints to a cluster's centre.
const clusterSimilarity = 0.5

// butina clusters fingerprints (Butina 1999, J. Chem. Inf. Comput. Sci. 39, 747): the one with most neighbours becomes the centre of the first cluster and takes them
// with it, then the one with most neighbours of the rest as counted at first, and so on. Centres come first in their clusters, clusters in the order
// in which they were made; ties go to the lower index.
func butina(prints [][]byte, least float64) [][]int {
	neighbours := make([][]int, len(prints))
	for i := range prints {
		for k := range i {
			if evaluate.Tanimoto(prints[i], prints[k]) >= least {
				neighbours[i], neighbours[k] = append(neighbours[i], k), append(neighbours[k], i)
			}
		}
	}
	order := make([]int, len(prints))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(neighbours[b]), len(neighbours[a])) })
	var clusters [][]int
	taken := make([]bool, len(prints))
	for _, i := range order {
		if taken[i] {
			continue
		}
		taken[i] = true
		cluster := []int{i}
		for _, k := range neighbours[i] {
			if !taken[k] {
				taken[k] = true
				cluster = append(cluster, k)
			}
		}
		clusters = append(clusters, cluster)
	}
	slices.SortStableFunc(clusters, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	return clusters
}
