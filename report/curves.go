package report

import (
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"keel/chem"
	"keel/run"
)

// curveGroup is a row of small charts under one heading.
type curveGroup struct {
	Title  string
	Charts []curveChart
	Open   bool // shown at once
}

type curveChart struct {
	Title, Unit, First, Last string
	Band                     string // what the band is; empty for none
	SVG                      template.HTML
}

// known metrics get their field's name and unit, in this order; others show under their own name after them. Figures of molecules are known as such.
var known = []struct{ key, label, unit string }{
	{"atoms_asked", "Heavy atoms asked for", ""},
	{"diversity", "Diversity", "1 − mean Tanimoto"},
	{"scaffolds", "Different scaffolds", "per whole molecule"},
	{"valid", "Valid", "fraction"},
	{"connected", "Connected", "fraction"},
	{"unique", "Unique", "fraction"},
	{"duplicates", "Came before in the run", "molecules"},
	{"crowded", "Scaffold's bucket full", "molecules"},
	{"reward_failed", "Without a reward", "molecules"},
	{"fresh", "Reward of samples from noise", ""},
	{"restarted", "Started from the best samples", "molecules"},
	{"consistency_gap", "Consistency gap", ""},
	{"consistency_floor", "Consistency gap of chance", ""},
	{"consistency_kl", "KL of the restored reference to the policy", ""},
	{"kl", "KL to the reference policy", ""},
	{"reference_error", "Mean squared error of the reference on samples", ""},
}

// Groups of curves.
const (
	groupReward = iota
	groupComponents
	groupMolecules
	groupSamples
	groupPolicy
	groupTraining
)

// curves are one for each metric, with the band of the samples' 10 to 90 % where there are samples, and one for each figure that only the samples have.
func curves(records []run.Record, samples []Molecule) []curveGroup {
	groups := []curveGroup{
		groupReward: {Title: "Reward", Open: true}, groupComponents: {Title: "Components of the reward, as they count (0 to 1)", Open: true},
		groupMolecules: {Title: "Molecules", Open: true}, groupSamples: {Title: "Validity and diversity", Open: true},
		groupPolicy: {Title: "Consistency, and how far the policy has moved", Open: true}, groupTraining: {Title: "Training"},
	}
	bands := sampleSeries(samples)
	drawn := map[string]bool{}
	add := func(base string, s series, band string) {
		if len(finiteRuns(s.values)) == 0 {
			return
		}
		drawn[base] = true
		label, unit, _ := describe(base)
		first, last := s.ends()
		c := curveChart{Title: label, Unit: unit, First: significant(first), Last: significant(last), SVG: lineChart(label+" over the iterations", s, unit == "fraction")}
		if s.low != nil && len(s.steps) > 1 {
			c.Band = band
		}
		g := &groups[groupOf(base)]
		g.Charts = append(g.Charts, c)
	}
	const tenth = "band: 10 to 90 % of the iteration's molecules"
	for _, base := range curveNames(records, bands) {
		s, isMetric := pick(records, base)
		b, isFigure := bands[base]
		switch {
		case isMetric && isFigure:
			add(base, withBand(s, b), tenth)
		case isMetric:
			add(base, s, "band: one standard deviation")
		case isFigure:
			add(base, b, tenth)
		}
	}
	return slices.DeleteFunc(groups, func(g curveGroup) bool { return len(g.Charts) == 0 })
}

// curveNames are the metrics and the samples' figures to draw, known ones first. Spreads belong to their mean's curve, costs to their own section.
func curveNames(records []run.Record, bands map[string]series) []string {
	all := map[string]bool{}
	for _, r := range records {
		for key := range r.Values {
			mean, isSpread := strings.CutSuffix(key, "_std")
			_, hasMean := r.Values[mean+"_mean"]
			if isSpread && hasMean || strings.HasPrefix(key, "seconds_") || key == "reward_calls" {
				continue
			}
			all[strings.TrimSuffix(key, "_mean")] = true
		}
	}
	for key := range bands {
		all[key] = true
	}
	names := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(names, func(a, b string) int {
		_, _, i := describe(a)
		_, _, j := describe(b)
		return i - j
	})
	return names
}

// describe is the label, the unit and the rank of a metric.
func describe(base string) (label, unit string, rank int) {
	for i, q := range quantities {
		if q.key == base {
			return q.label, q.unit, i
		}
	}
	for i, k := range known {
		if k.key == base {
			return k.label, k.unit, len(quantities) + i
		}
	}
	rank = len(quantities) + len(known)
	if isCounted(base) || isOwnRaw(base) {
		q, _ := component(base)
		return q.label, "", rank
	}
	words := strings.NewReplacer("_", " ", "/", ": ").Replace(base)
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):], "", rank + 1
}

func groupOf(base string) int {
	switch {
	case base == "reward" || base == "merit" || base == "fresh":
		return groupReward
	case slices.ContainsFunc(quantities, func(q quantity) bool { return q.key == base }), isOwnRaw(base), base == "atoms_asked":
		return groupMolecules
	case slices.Contains([]string{"diversity", "scaffolds", "valid", "connected", "unique", "duplicates", "crowded", "reward_failed", "restarted"}, base),
		strings.HasPrefix(base, "rejected"):
		return groupSamples
	case isCounted(base):
		return groupComponents
	case base == "kl" || base == "reference_error" || strings.HasPrefix(base, "consistency_"):
		return groupPolicy
	}
	return groupTraining
}

// pick collects one metric from the first to the last step that has it; false when none has a finite value.
func pick(records []run.Record, base string) (series, bool) {
	key := base
	if slices.ContainsFunc(records, func(r run.Record) bool { _, ok := r.Values[base+"_mean"]; return ok }) {
		key = base + "_mean"
	}
	var s series
	var low, high []float64
	hasSpread := false
	for _, r := range records {
		v, ok := r.Values[key]
		if !ok {
			continue
		}
		v = drawable(v)
		w, ok := r.Values[base+"_std"]
		if !ok || key == base {
			w = math.NaN()
		}
		w = drawable(w)
		hasSpread = hasSpread || !math.IsNaN(w)
		s.steps, s.values, low, high = append(s.steps, float64(r.Step)), append(s.values, v), append(low, v-w), append(high, v+w)
	}
	if hasSpread {
		s.low, s.high = low, high
	}
	return s, len(finiteRuns(s.values)) > 0
}

// withBand is the metric's own line with the samples' band.
func withBand(s, band series) series {
	if band.low == nil {
		return s
	}
	s.low, s.high = make([]float64, len(s.steps)), make([]float64, len(s.steps))
	for i, step := range s.steps {
		s.low[i], s.high[i] = math.NaN(), math.NaN()
		if k := slices.Index(band.steps, step); k >= 0 {
			s.low[i], s.high[i] = band.low[k], band.high[k]
		}
	}
	return s
}

// sampleSeries are the samples' figures by iteration: the mean, with the 10 and 90 % quantiles, over those that have the figure; and the share of different
// scaffolds.
func sampleSeries(samples []Molecule) map[string]series {
	all := map[string]series{}
	var pointers []*Molecule
	for i := range samples {
		pointers = append(pointers, &samples[i])
	}
	figures := slices.DeleteFunc(present(pointers), func(q quantity) bool { return !covers(samples, q.key) })
	for from := 0; from < len(samples); {
		to := from
		for to < len(samples) && samples[to].Step == samples[from].Step {
			to++
		}
		step := samples[from:to]
		for _, q := range figures {
			if values := figuresOf(step, q.key); len(values) > 0 {
				s := all[q.key]
				s.add(samples[from].Step, meanOf(values), quantile(values, 0.1), quantile(values, 0.9))
				all[q.key] = s
			}
		}
		if share := scaffoldShare(step); !math.IsNaN(share) {
			s := all["scaffolds"]
			s.steps, s.values = append(s.steps, float64(samples[from].Step)), append(s.values, share)
			all["scaffolds"] = s
		}
		from = to
	}
	return all
}

func (s *series) add(step int, value, low, high float64) {
	s.steps, s.values, s.low, s.high = append(s.steps, float64(step)), append(s.values, value), append(s.low, low), append(s.high, high)
}

// figuresOf are the values of all molecules that have the figure: also of those in pieces, which have a reward.
func figuresOf(list []Molecule, key string) []float64 {
	var values []float64
	for i := range list {
		if v, ok := list[i].Values[key]; ok {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// scaffoldShare is how many different scaffolds there are for each whole molecule; NaN of none.
func scaffoldShare(list []Molecule) float64 {
	names, n := map[string]bool{}, 0
	for _, m := range whole(list) {
		if parsed, err := chem.ParseSMILES(m.SMILES); err == nil && m.SMILES != "" {
			names[parsed.Scaffold().SMILES()] = true
			n++
		}
	}
	return float64(len(names)) / float64(n) // 0/0 is NaN
}

// quantile of sorted values, between neighbours in proportion.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
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
