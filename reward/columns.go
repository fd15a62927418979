package reward

import "keel/oracle"

// Columns are the components of results in a score table: for each, "reward_NAME" as it counts, and "reward_NAME_raw" in its own unit.
func (r *Reward) Columns(results []Result) []oracle.Extra {
	column := func(name string, of func(Result) float64) oracle.Extra {
		x := oracle.Extra{Name: name, Values: make([]float64, len(results))}
		for i, one := range results {
			x.Values[i] = of(one)
		}
		return x
	}
	var list []oracle.Extra
	for k, name := range r.Names() {
		list = append(list, column("reward_"+name, func(one Result) float64 { return one.Values[k] }),
			column("reward_"+name+"_raw", func(one Result) float64 { return one.Raw[k] }))
	}
	return list
}
