package report

import (
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"keel/run"
)

// curveGroup is a row of small charts under one heading.
type curveGroup struct {
	Title  string
	Charts []curveChart
}

type curveChart struct {
	Title, Unit, First, Last string
	Spread                   bool
	SVG                      template.HTML
}

// known metrics get their field's name and unit, in this order; others show under their own name after them.
var known = []struct{ key, label, unit string }{
	{"reward", "Reward", ""},
	{"vina_score", "Vina score, generated pose", "kcal/mol"},
	{"vina_min", "Vina score, minimised", "kcal/mol"},
	{"vina_dock", "Vina score, docked", "kcal/mol"},
	{"qed", "QED", ""},
	{"sa", "SA, as (10 − SA) / 9", ""},
	{"valid", "Valid", "fraction"},
	{"connected", "Connected", "fraction"},
	{"unique", "Unique", "fraction"},
	{"atoms", "Heavy atoms", ""},
	{"kl", "KL to the reference policy", ""},
	{"consistency_gap", "Consistency gap", ""},
}

func curves(records []run.Record) []curveGroup {
	groups := []curveGroup{{Title: "Reward and molecules"}, {Title: "Training"}}
	for _, key := range curveKeys(records) {
		s := pick(records, key)
		if len(s.steps) == 0 {
			continue
		}
		base := baseName(key)
		label, unit, _ := describe(base)
		first, last := s.ends()
		c := curveChart{Title: label, Unit: unit, First: significant(first), Last: significant(last), Spread: s.spread != nil, SVG: lineChart(label+" over the iterations", s)}
		g := &groups[groupOf(base)]
		g.Charts = append(g.Charts, c)
	}
	return slices.DeleteFunc(groups, func(g curveGroup) bool { return len(g.Charts) == 0 })
}

// curveKeys are the metrics to draw, known ones first. Spreads belong to their mean's curve, costs to their own section.
func curveKeys(records []run.Record) []string {
	all := map[string]bool{}
	for _, r := range records {
		for key := range r.Values {
			all[key] = true
		}
	}
	drawn := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(key string) bool {
		mean, isSpread := strings.CutSuffix(key, "_std")
		return isSpread && all[mean+"_mean"] || strings.HasPrefix(key, "seconds_") || key == "reward_calls"
	})
	slices.SortStableFunc(drawn, func(a, b string) int {
		_, _, i := describe(baseName(a))
		_, _, j := describe(baseName(b))
		return i - j
	})
	return drawn
}

func baseName(key string) string { return strings.TrimSuffix(key, "_mean") }

// describe is the label, the unit and the rank of a metric.
func describe(base string) (label, unit string, rank int) {
	for i, k := range known {
		if k.key == base {
			return k.label, k.unit, i
		}
	}
	words := strings.NewReplacer("_", " ", "/", ": ").Replace(base)
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):], "", len(known)
}

// groupOf is the index in curves' groups.
func groupOf(base string) int {
	for _, word := range []string{"reward", "vina", "qed", "sa", "valid", "connected", "unique", "atoms", "logp", "strain", "clash", "rejected", "molecule"} {
		if base == word || strings.HasPrefix(base, word+"_") || strings.HasPrefix(base, word+"s_") {
			return 0
		}
	}
	return 1
}

// pick collects one metric from the first to the last step that has a value of it; empty when none has.
func pick(records []run.Record, key string) series {
	var s series
	spreadKey := strings.TrimSuffix(key, "_mean") + "_std"
	var spread []float64
	hasSpread := false
	for _, r := range records {
		v, ok := r.Values[key]
		if !ok {
			continue
		}
		s.steps, s.values = append(s.steps, float64(r.Step)), append(s.values, drawable(v))
		w, ok := r.Values[spreadKey]
		if !ok {
			w = math.NaN()
		}
		w = drawable(w)
		spread = append(spread, w)
		hasSpread = hasSpread || !math.IsNaN(w)
	}
	if hasSpread && strings.HasSuffix(key, "_mean") {
		s.spread = spread
	}
	if len(finiteRuns(s.values)) == 0 {
		return series{}
	}
	return s
}

// ends are the first and the last finite value.
func (s series) ends() (first, last float64) {
	runs := finiteRuns(s.values)
	return s.values[runs[0][0]], s.values[runs[len(runs)-1][1]-1]
}

// significant writes v with about three digits.
func significant(v float64) string {
	switch size := math.Abs(v); {
	case v == 0 || size >= 100:
		return format(v, 0)
	case size >= 10:
		return format(v, 1)
	case size >= 1:
		return format(v, 2)
	case size >= 1e-3:
		return format(v, 2-int(math.Floor(math.Log10(size))))
	}
	return tickLabel(v, []float64{v})
}
