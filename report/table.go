package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"keel/run"
)

// figureTable is the table of figures before and after.
type figureTable struct {
	Rows                                    []figureRow
	HasBefore, HasAfter, HasDesigns, HasRef bool
	HasErrors                               bool // standard errors are known
}

type figureRow struct {
	Label, Unit, Better                   string
	Before, After, Designs, Ref           string
	BeforeError, AfterError, DesignsError string
	Change, Class                         string // Class: better, worse, noise or empty
}

// statRow ties a figure of run.Stats to the molecules' own values, which give its standard error.
type statRow struct {
	quantity
	of       func(run.Stats) float64 // nil for a figure that the summary has not: the mean over the molecules that have it
	fraction bool
}

var statRows = []statRow{
	{quantityOf("vina_score"), func(s run.Stats) float64 { return s.VinaScore }, false},
	{quantityOf("vina_min"), func(s run.Stats) float64 { return s.VinaMin }, false},
	{quantityOf("qed"), func(s run.Stats) float64 { return s.QED }, false},
	{quantityOf("sa"), func(s run.Stats) float64 { return s.SA }, false},
	{quantity{key: "valid", label: "Valid", unit: "%", digits: 1, better: +1}, func(s run.Stats) float64 { return s.Valid }, true},
	{quantity{key: "connected", label: "Connected", unit: "%", digits: 1, better: +1}, func(s run.Stats) float64 { return s.Connected }, true},
	{quantity{key: "unique", label: "Unique", unit: "%", digits: 1, better: +1}, func(s run.Stats) float64 { return s.Unique }, true},
	{quantity{key: "atoms", label: "Heavy atoms", digits: 1}, func(s run.Stats) float64 { return s.Atoms }, false},
}

func quantityOf(key string) quantity {
	return quantities[slices.IndexFunc(quantities, func(q quantity) bool { return q.key == key })]
}

func figures(in Input) figureTable {
	if in.Summary == nil {
		return figureTable{}
	}
	t := figureTable{HasBefore: in.Summary.Before.Samples > 0, HasAfter: in.Summary.After.Samples > 0, HasDesigns: in.Summary.Designs.Samples > 0,
		HasRef: in.Reference != nil}
	for _, s := range statRows {
		row := s.row(in)
		t.HasErrors = t.HasErrors || row.BeforeError != "" || row.AfterError != ""
		t.Rows = append(t.Rows, row)
	}
	for _, q := range present(whole(in.Before), whole(in.After)) {
		// What the reward counts of each figure is among the trade-offs and the curves; here stand the figures themselves.
		if !slices.ContainsFunc(statRows, func(s statRow) bool { return s.key == q.key }) && q.better != 0 && !isCounted(q.key) {
			q.digits = max(q.digits, 2)
			t.Rows = append(t.Rows, statRow{quantity: q}.row(in))
		}
	}
	count := func(s run.Stats) string { return format(float64(s.Samples), 0) }
	t.Rows = append(t.Rows, figureRow{Label: "Samples asked for", Before: count(in.Summary.Before), After: count(in.Summary.After), Designs: count(in.Summary.Designs)})
	return t
}

// row is the figure of the sets of molecules.
func (s statRow) row(in Input) figureRow {
	before, ofBefore := s.figure(in.Summary.Before, in.Before)
	after, ofAfter := s.figure(in.Summary.After, in.After)
	designs, ofDesigns := s.figure(in.Summary.Designs, in.Designs)
	row := figureRow{
		Label: s.label, Unit: s.unit, Better: [...]string{"lower", "", "higher"}[s.better+1],
		Before: format(before, s.digits), After: format(after, s.digits), Designs: format(designs, s.digits),
		BeforeError: spread(ofBefore, s.digits), AfterError: spread(ofAfter, s.digits), DesignsError: spread(ofDesigns, s.digits),
		Change: change(after-before, s.digits), Class: class(after-before, math.Hypot(ofBefore, ofAfter), s.better),
	}
	if in.Reference != nil && !s.fraction {
		row.Ref = format(in.Reference.value(s.key), s.digits)
	}
	return row
}

// figure is the figure of one set with its standard error; NaN where there is none.
func (s statRow) figure(st run.Stats, list []Molecule) (value, deviation float64) {
	switch {
	case st.Samples == 0:
		return math.NaN(), math.NaN()
	case s.of == nil:
		return meanOf(valuesOf(list, s.key)), meanError(list, s.key) // of none NaN
	case s.fraction:
		return 100 * s.of(st), 100 * fractionError(s.of(st), st.Samples)
	}
	return s.of(st), meanError(list, s.key)
}

// class says whether a change is one: within two standard errors it is noise.
func class(delta, deviation float64, better int) string {
	switch {
	case better == 0 || math.IsNaN(delta) || delta == 0:
		return ""
	case math.Abs(delta) < 2*deviation:
		return "noise"
	case (delta > 0) == (better > 0):
		return "better"
	}
	return "worse"
}

func change(v float64, digits int) string {
	text := format(v, digits)
	if v > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

func spread(v float64, digits int) string {
	if math.IsNaN(v) {
		return ""
	}
	return "± " + format(v, digits)
}

// meanError is the standard error of the mean over the molecules that have the figure; NaN with fewer than two.
func meanError(all []Molecule, key string) float64 {
	values := valuesOf(all, key)
	if len(values) < 2 {
		return math.NaN()
	}
	mean, sum := meanOf(values), 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	n := float64(len(values))
	return math.Sqrt(sum / (n - 1) / n)
}

func fractionError(p float64, n int) float64 {
	if n == 0 {
		return math.NaN()
	}
	return math.Sqrt(p * (1 - p) / float64(n))
}

// valuesOf are the whole molecules' values of a figure; none where it does not speak for the set.
func valuesOf(all []Molecule, key string) []float64 {
	if !covers(all, key) {
		return nil
	}
	var values []float64
	for i := range all {
		if v, ok := all[i].Values[key]; ok && all[i].whole() {
			values = append(values, v)
		}
	}
	return values
}

func meanOf(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// verdict is the run in one sentence.
func verdict(in Input) string {
	if in.Summary == nil || in.Summary.After.Samples == 0 {
		return ""
	}
	before, after := in.Summary.Before, in.Summary.After
	if before.Samples == 0 {
		return fmt.Sprintf("%d molecules were sampled; the mean Vina score of the generated poses is %s kcal/mol.", after.Samples, format(after.VinaScore, 2))
	}
	text := fmt.Sprintf("The mean Vina score of the generated poses went from %s to %s kcal/mol", format(before.VinaScore, 2), format(after.VinaScore, 2))
	if !math.IsNaN(before.VinaMin) && !math.IsNaN(after.VinaMin) {
		text += fmt.Sprintf(", after local minimisation from %s to %s", format(before.VinaMin, 2), format(after.VinaMin, 2))
	}
	return text + fmt.Sprintf("; QED from %s to %s, SA from %s to %s.",
		format(before.QED, 2), format(after.QED, 2), format(before.SA, 2), format(after.SA, 2))
}

func subtitle(in Input) string {
	if len(in.Metrics) == 0 {
		return ""
	}
	first, last := in.Metrics[0], in.Metrics[len(in.Metrics)-1]
	text := fmt.Sprintf("%d iterations logged", len(in.Metrics))
	if calls := total(in.Metrics, "reward_calls"); calls > 0 {
		text += ", " + format(calls, 0) + " reward calls"
	}
	return text + ", " + first.Time.UTC().Format("2006-01-02 15:04") + " to " + last.Time.UTC().Format("2006-01-02 15:04") + " UTC"
}
