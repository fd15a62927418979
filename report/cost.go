package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"keel/run"
)

// cost says what the run took and where the time of an iteration went.
type cost struct {
	Iterations, RewardCalls, Total, PerIteration, PerReward string
	Phases                                                  []phase
}

type phase struct {
	Name, Seconds, Share string
	Percent              float64
	Colour               int // number of the colour in page.css
}

// costs adds up seconds_* and reward_calls; nil when no iteration was timed or counted.
func costs(records []run.Record) *cost {
	seconds := map[string]float64{}
	for _, r := range records {
		for key := range r.Values {
			if name, ok := strings.CutPrefix(key, "seconds_"); ok {
				seconds[name] = 0
			}
		}
	}
	sum := 0.0
	for name := range seconds {
		seconds[name] = total(records, "seconds_"+name)
		if name != "total" {
			sum += seconds[name]
		}
	}
	calls := total(records, "reward_calls")
	if len(seconds) == 0 && calls == 0 {
		return nil
	}
	whole := math.Max(seconds["total"], sum)
	if _, ok := seconds["total"]; ok && len(seconds) > 1 && whole-sum > 0.005*whole {
		seconds["other"] += whole - sum
	}
	delete(seconds, "total")
	n := float64(len(records))
	c := &cost{Iterations: format(n, 0), RewardCalls: format(calls, 0), Total: duration(whole), PerIteration: duration(whole / n)}
	if score := seconds["score"]; calls > 0 && score > 0 {
		c.PerReward = duration(score / calls)
	}
	names := slices.SortedFunc(maps.Keys(seconds), func(a, b string) int {
		return cmp.Or(cmp.Compare(seconds[b], seconds[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		percent := 100 * seconds[name] / whole
		c.Phases = append(c.Phases, phase{strings.ReplaceAll(name, "_", " "), duration(seconds[name] / n), format(percent, 0) + " %", percent, i % 7})
	}
	return c
}

// total adds up the finite values of a metric.
func total(records []run.Record, key string) float64 {
	sum := 0.0
	for _, r := range records {
		if v, ok := r.Values[key]; ok && !math.IsNaN(v) {
			sum += v
		}
	}
	return sum
}

func duration(seconds float64) string {
	switch {
	case seconds < 0.1:
		return significant(1000*seconds) + " ms"
	case seconds < 120:
		return significant(seconds) + " s"
	case seconds < 3600:
		return fmt.Sprintf("%d min %02d s", int(seconds)/60, int(seconds)%60)
	}
	return fmt.Sprintf("%d h %02d min", int(seconds)/3600, int(seconds)/60%60)
}
