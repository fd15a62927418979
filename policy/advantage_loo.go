package policy

// LeaveOneOut gives r less the mean of the other rewards of its group (RLOO: Kool et al. 2019; Ahmadian et al. 2024, eq. 8), in units
// of the reward. A baseline that does not know the sample itself leaves the policy gradient unbiased, which the group's own mean does not: it
// shrinks it by (n-1)/n. group [len(rewards)] names each sample's, nil is one group. A failed reward stays out and gets the
// advantage 0; so does one that is alone in its group.
func LeaveOneOut(rewards []float64, group []int) []float64 {
	out := make([]float64, len(rewards))
	for _, members := range finiteGroups(rewards, group) {
		n := float64(len(members))
		if n == 1 {
			continue
		}
		mean, _ := moments(pickRewards(rewards, members))
		for _, i := range members {
			out[i] = (rewards[i] - mean) * n / (n - 1)
		}
	}
	return out
}
