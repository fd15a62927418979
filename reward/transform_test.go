package reward

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// golden is testdata/reinvent.json.
type golden struct {
	X          []float64 `json:"x"`
	Transforms []struct {
		Transform string
		Low       *float64
		High      *float64
		K         *float64
		CoefDiv   *float64 `json:"coef_div"`
		CoefSi    *float64 `json:"coef_si"`
		CoefSe    *float64 `json:"coef_se"`
		Values    []float64
	}
	Means []struct {
		Values, Weights []float64
		Sum, Product    float64
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/reinvent.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil || len(g.Transforms) < 12 || len(g.Means) < 4 {
		t.Fatal(err, len(g.Transforms))
	}
	return g
}

// REINVENT computes in float32, hence the tolerance.
const tolerance = 2e-6

func TestTransformsAreReinvents(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.Transforms {
		one := Component{Transform: c.Transform, Low: c.Low, High: c.High, K: c.K, CoefDiv: c.CoefDiv, CoefSi: c.CoefSi, CoefSe: c.CoefSe}
		f, err := one.transform()
		if err != nil {
			t.Fatal(c.Transform, err)
		}
		for i, x := range g.X {
			if got := f(x); !(math.Abs(got-c.Values[i]) <= tolerance) {
				t.Errorf("%s(%v) = %v, REINVENT says %v", c.Transform, x, got, c.Values[i])
			}
		}
	}
}

func TestMeansAreReinvents(t *testing.T) {
	for _, c := range readGolden(t).Means {
		for name, want := range map[string]float64{"sum": c.Sum, "product": c.Product} {
			if got := aggregates[name](c.Values, c.Weights); !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%s of %v = %v, REINVENT says %v", name, c.Values, got, want)
			}
		}
	}
}

func TestMeansAndWhatFailed(t *testing.T) {
	nan := math.NaN()
	for name, mean := range aggregates {
		if got := mean([]float64{0.5, nan}, []float64{1, 1}); !math.IsNaN(got) {
			t.Errorf("%s with a failed component is %v", name, got)
		}
		if got := mean([]float64{0.5, nan}, []float64{1, 0}); math.Abs(got-0.5) > 1e-12 {
			t.Errorf("%s with a failed component of no weight is %v", name, got)
		}
	}
}

func TestLinearAndMapping(t *testing.T) {
	down := Component{Transform: "linear", Low: new(5.0), High: new(-12.0)}
	f, err := down.transform()
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[float64]float64{5: 0, 900: 0, -12: 1, -20: 1, -3.5: 0.5, 1.6: 0.2} {
		if got := f(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("linear(%v) = %v, want %v", x, got, want)
		}
	}
	passes := Component{Transform: "value_mapping", Mapping: map[string]float64{"true": 1, "0.0": 0.25, "3": -1}}
	if f, err = passes.transform(); err != nil {
		t.Fatal(err)
	}
	if f(1) != 1 || f(0) != 0.25 || f(3) != -1 || !math.IsNaN(f(2)) || !math.IsNaN(f(math.NaN())) {
		t.Error(f(1), f(0), f(3), f(2))
	}
}

// Every transform leaves the unknown unknown, keeps to 0..1 where it says so, and never panics.
func TestTransformsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(-1e6, 1e6)
		c := Component{Transform: rapid.SampledFrom(Transforms()).Draw(t, "transform"), Low: new(number.Draw(t, "low")), High: new(number.Draw(t, "high")),
			K: new(number.Draw(t, "k")), CoefDiv: new(number.Draw(t, "div")), Mapping: map[string]float64{"1": 0.5}}
		f, err := c.transform()
		if err != nil {
			return
		}
		if y := f(math.NaN()); !math.IsNaN(y) {
			t.Fatalf("%s of NaN is %v", c.Transform, y)
		}
		for _, x := range []float64{number.Draw(t, "x"), math.Inf(1), math.Inf(-1), *c.Low, *c.High} {
			if y := f(x); c.Transform != "none" && c.Transform != "value_mapping" && !(y >= 0 && y <= 1) {
				t.Fatalf("%s(%v) = %v with %v, %v, %v", c.Transform, x, y, *c.Low, *c.High, *c.K)
			}
		}
	})
}

func TestTransformMistakes(t *testing.T) {
	for _, one := range []struct {
		want string
		of   Component
	}{
		{`transform = "sigmoidal": expected one of double_sigmoid, exponential_decay, left_step, linear, none,`,
			Component{Transform: "sigmoidal"}},
		{"k is missing: the transform sigmoid needs it",
			Component{Transform: "sigmoid", Low: new(0.0), High: new(1.0)}},
		{"low is missing: the transform step needs it",
			Component{Transform: "step", High: new(1.0)}},
		{"low = high = 2: the transform linear needs two different values",
			Component{Transform: "linear", Low: new(2.0), High: new(2.0)}},
		{"low = 3 is above high = 2: a double_sigmoid",
			Component{Transform: "double_sigmoid", Low: new(3.0), High: new(2.0)}},
		{`mapping: the value "much" is no number`,
			Component{Transform: "value_mapping", Mapping: map[string]float64{"much": 1}}},
		{"mapping is missing",
			Component{Transform: "value_mapping"}},
		{"k = 0: the transform exponential_decay needs a number",
			Component{Transform: "exponential_decay", K: new(0.0)}},
	} {
		if _, err := one.of.transform(); err == nil || !strings.HasPrefix(err.Error(), one.want) {
			t.Errorf("%+v: %v, want %q", one.of.Transform, err, one.want)
		}
	}
}
