package report

import (
	"math"
	"strconv"
	"strings"
)

// axis maps values onto pixels from p0 (value lo) to p1 (value hi).
type axis struct{ lo, hi, p0, p1 float64 }

func (a axis) at(v float64) float64 { return a.p0 + (v-a.lo)/(a.hi-a.lo)*(a.p1-a.p0) }

// niceAxis covers lo..hi with about n ticks at 1, 2 or 5 times a power of ten.
func niceAxis(lo, hi, p0, p1 float64, n int) (axis, []float64) {
	switch {
	case lo == 0 && hi == 0: // most often a count
		hi = 1
	case hi-lo < 1e-9*math.Max(1, math.Max(math.Abs(lo), math.Abs(hi))):
		pad := math.Max(math.Abs(lo)*0.1, 0.05)
		lo, hi = lo-pad, hi+pad
	}
	step := niceStep((hi - lo) / float64(n))
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	var ticks []float64
	for i := first; i <= last; i++ {
		ticks = append(ticks, i*step)
	}
	return axis{first * step, last * step, p0, p1}, ticks
}

// wholeAxis covers lo..hi, which are whole numbers, exactly, with whole ticks inside.
func wholeAxis(lo, hi, p0, p1 float64, n int) (axis, []float64) {
	if hi <= lo {
		return axis{lo - 1, lo + 1, p0, p1}, []float64{lo}
	}
	step := math.Max(1, niceStep((hi-lo)/float64(n)))
	var ticks []float64
	for i := math.Ceil(lo / step); i <= math.Floor(hi/step); i++ {
		ticks = append(ticks, i*step)
	}
	return axis{lo, hi, p0, p1}, ticks
}

// niceStep is the least of 1, 2 and 5 times a power of ten that is at least raw.
func niceStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// tickLabel writes a tick with no more digits than the step between ticks needs.
func tickLabel(v float64, ticks []float64) string {
	step := math.Abs(v)
	if len(ticks) > 1 {
		step = ticks[1] - ticks[0]
	}
	if largest := math.Max(math.Abs(ticks[0]), math.Abs(ticks[len(ticks)-1])); largest != 0 && (largest >= 1e6 || largest < 1e-3) {
		return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 2, 64), "-", "−")
	}
	digits := 0
	if step > 0 {
		digits = max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	}
	return format(v, min(digits, 6))
}
