package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// distribution compares one figure of the molecules before and after.
type distribution struct {
	Title, Unit string
	Medians     string // before → after, or the one there is
	Note        string // whose they are, where not those of the untuned and the tuned model
	Outside     int    // values beyond the axis, drawn in the outermost bars
	SVG         template.HTML
}

// distributions of all figures; of a reward's components, where the untuned and the tuned model's samples have none, in the first and the last iteration.
func distributions(in Input) []distribution {
	var all []distribution
	first, last := iterationEnds(in.Samples)
	for _, q := range present(whole(in.Before), whole(in.After), whole(first), whole(last)) {
		before, after := valuesOf(in.Before, q.key), valuesOf(in.After, q.key)
		note := ""
		if len(before)+len(after) == 0 && covers(in.Samples, q.key) {
			before, after, note = valuesOf(first, q.key), valuesOf(last, q.key), "first and last iteration"
		}
		if values := slices.Concat(before, after); len(values) < 2 || slices.Min(values) == slices.Max(values) || q.key == "pb_valid" {
			continue // the table of figures has it
		}
		d := distribution{Title: q.label, Unit: q.unit, Medians: medians(before, after, q.digits), Note: note}
		reference := math.NaN()
		if in.Reference != nil {
			reference = in.Reference.value(q.key)
		}
		d.SVG, d.Outside = histogram(q, before, after, reference)
		all = append(all, d)
	}
	return all
}

// iterationEnds are the samples of the first and the last iteration.
func iterationEnds(samples []Molecule) (first, last []Molecule) {
	for i := range samples {
		switch samples[i].Step {
		case samples[0].Step:
			first = append(first, samples[i])
		case samples[len(samples)-1].Step:
			last = append(last, samples[i])
		}
	}
	return first, last
}

func medians(before, after []float64, digits int) string {
	var texts []string
	for _, values := range [][]float64{before, after} {
		if len(values) > 0 {
			texts = append(texts, format(median(values), digits))
		}
	}
	return strings.Join(texts, " → ")
}

// histogram overlays the counts of both sets in shared bins. A long tail is gathered in the outermost bars.
func histogram(q quantity, before, after []float64, reference float64) (template.HTML, int) {
	lo, hi := coreRange(slices.Concat(before, after))
	if !math.IsNaN(reference) {
		lo, hi = math.Min(lo, reference), math.Max(hi, reference)
	}
	width := niceStep(math.Max((hi-lo)/22, 1e-3))
	origin := 0.0
	if q.digits == 0 { // whole numbers stand in the middle of their bins
		width = math.Max(1, width)
		origin = -0.5
	}
	lo = math.Floor((lo-origin)/width+1e-9)*width + origin
	hi = (math.Floor((hi-origin)/width+1e-9)+1)*width + origin
	bins := max(1, int(math.Round((hi-lo)/width)))
	countBefore, outBefore := binned(before, lo, width, bins)
	countAfter, outAfter := binned(after, lo, width, bins)
	top := max(slices.Max(countBefore), slices.Max(countAfter))

	x := axis{lo, hi, marginLeft, plotRight}
	xTicks := slices.DeleteFunc(niceTicks(lo, hi, 5), func(v float64) bool { return v < lo || v > hi })
	y, yTicks := wholeAxis(0, float64(max(top, 1)), plotBottom, marginTop, 4)
	out := newSVG(q.label + ": number of molecules before and after")
	out.axes(x, xTicks, y, yTicks)
	out.bars("before", countBefore, lo, width, x, y)
	out.bars("after", countAfter, lo, width, x, y)
	out.marker("before", x, lo, hi, median(before))
	out.marker("after", x, lo, hi, median(after))
	out.marker("reference", x, lo, hi, reference)
	return out.html(), outBefore + outAfter
}

func niceTicks(lo, hi float64, n int) []float64 {
	_, ticks := niceAxis(lo, hi, 0, 1, n)
	return ticks
}

func (s *svg) bars(class string, counts []int, lo, width float64, x, y axis) {
	fmt.Fprintf(s, `<path class="bars %s" d="M%.1f %.1f`, class, x.at(lo), y.at(0))
	for i, n := range counts {
		left := lo + float64(i)*width
		fmt.Fprintf(s, "V%.1fH%.1f", y.at(float64(n)), x.at(left+width))
	}
	fmt.Fprintf(s, `V%.1fZ"/>`, y.at(0))
}

// marker is a vertical line at v, kept inside the axis.
func (s *svg) marker(class string, x axis, lo, hi, v float64) {
	if math.IsNaN(v) {
		return
	}
	at := x.at(math.Min(math.Max(v, lo), hi))
	s.line("marker "+class, at, marginTop, at, plotBottom)
}

// binned counts values in bins of the given width from lo; what lies outside counts in the first or the last bin, and in outside.
func binned(values []float64, lo, width float64, bins int) (counts []int, outside int) {
	counts = make([]int, bins)
	for _, v := range values {
		i := int(math.Floor((v-lo)/width + 1e-9))
		if i < 0 || i >= bins {
			outside++
		}
		counts[min(max(i, 0), bins-1)]++
	}
	return counts, outside
}

// coreRange is the range of values without a tail that would squeeze the rest: a tail ends at three times the distance from
// the median to the 5 % or 95 % quantile.
func coreRange(values []float64) (lo, hi float64) {
	sorted := slices.Sorted(slices.Values(values))
	at := func(p float64) float64 { return sorted[int(p*float64(len(sorted)-1)+0.5)] }
	middle := at(0.5)
	lo = math.Max(sorted[0], middle-3*math.Max(middle-at(0.05), 1e-6))
	hi = math.Min(sorted[len(sorted)-1], middle+3*math.Max(at(0.95)-middle, 1e-6))
	return lo, hi
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
