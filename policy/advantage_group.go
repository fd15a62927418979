package policy

// groupEps keeps the standard deviation of a group from 0, with the value of Flow-GRPO's code (yifan123/flow_grpo, stat_tracking.py): small
// groups often agree, and what is left of their rewards is then noise.
const groupEps = 1e-4

// GroupStandardise gives (r - mean) / std within each sample's group (GRPO, Shao et al. 2024, section 4.1.2): samples are compared with
// those of the same condition alone. group [len(rewards)] names each sample's, nil is one group. A failed reward stays out and gets the
// advantage 0; so does one that is alone in its group.
func GroupStandardise(rewards []float64, group []int) []float64 {
	out := make([]float64, len(rewards))
	for _, members := range finiteGroups(rewards, group) {
		mean, std := moments(pickRewards(rewards, members))
		for _, i := range members {
			out[i] = (rewards[i] - mean) / (std + groupEps)
		}
	}
	return out
}

// finiteGroups are the indices of the finite rewards of every group, the groups in order of appearance.
func finiteGroups(rewards []float64, group []int) [][]int {
	var list [][]int
	place := map[int]int{}
	for i, r := range rewards {
		if !Finite(r) {
			continue
		}
		name := groupOf(group, i)
		k, seen := place[name]
		if !seen {
			k, list = len(list), append(list, nil)
			place[name] = k
		}
		list[k] = append(list[k], i)
	}
	return list
}

// groupOf is the group of sample i.
func groupOf(group []int, i int) int {
	if group == nil {
		return 0
	}
	return group[i]
}

func pickRewards(rewards []float64, members []int) []float64 {
	out := make([]float64, len(members))
	for k, i := range members {
		out[k] = rewards[i]
	}
	return out
}
