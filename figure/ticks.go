package figure

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// marks are an axis's ticks: the given ones, or even ones of which about five have labels.
type marks struct {
	at  []float64
	log bool
}

// Ticks are those between low and high, in the numbers that are drawn.
func (m marks) Ticks(low, high float64) (out []plot.Tick) {
	place := axisOf(m.log)
	switch {
	case m.at != nil:
		for _, v := range m.at {
			out = append(out, plot.Tick{Value: place(v), Label: number(v)})
		}
	case m.log && high-low > 0.5:
		out = logTicks(low, high)
	case m.log:
		for _, t := range evenTicks(math.Pow(10, low), math.Pow(10, high)) {
			out = append(out, plot.Tick{Value: place(t.Value), Label: t.Label})
		}
	default:
		out = evenTicks(low, high)
	}
	return out
}

// unlabelled are another's ticks without their numbers.
type unlabelled struct{ plot.Ticker }

// Ticks are the other's.
func (u unlabelled) Ticks(low, high float64) []plot.Tick {
	list := u.Ticker.Ticks(low, high)
	for i := range list {
		list[i].Label = ""
	}
	return list
}

// evenTicks stand at multiples of 1, 2 or 5 times a power of ten.
func evenTicks(low, high float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, f := range []float64{2, 5, 10} {
		if (high-low)/step > 6 {
			step = math.Pow(10, math.Floor(math.Log10((high-low)/5))) * f
		}
	}
	var out []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9; k++ {
		out = append(out, plot.Tick{Value: k * step, Label: number(k * step)})
	}
	return out
}

// logTicks stand at 1 to 9 times each power of ten; the labels at powers of ten, and at 2 and 5 times them where these would be
// few. low and high are logarithms.
func logTicks(low, high float64) (out []plot.Tick) {
	every := int(math.Ceil((high - low) / 6))
	for e := int(math.Floor(low)); e <= int(math.Ceil(high)); e++ {
		for f := 1; f < 10; f++ {
			at := float64(e) + math.Log10(float64(f))
			if at < low || at > high {
				continue
			}
			t := plot.Tick{Value: at}
			if (f == 1 && e%every == 0) || (high-low < 2.1 && (f == 2 || f == 5)) {
				t.Label = number(float64(f) * math.Pow(10, float64(e)))
			}
			out = append(out, t)
		}
	}
	return out
}

// number has up to 4 digits, with a minus sign in place of the hyphen.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if r, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(r) >= 1e-4 && math.Abs(r) < 1e6 {
		s = strconv.FormatFloat(r, 'f', -1, 64)
	}
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	if s[0] == '-' {
		return "\u2212" + s[1:]
	}
	return s
}
