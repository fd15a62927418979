package figure

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// folder is where the figures go: where KEEL_FIGURES says, to be looked at, or a folder that the test removes.
func folder(t *testing.T) string {
	if dir := os.Getenv("KEEL_FIGURES"); dir != "" {
		return dir
	}
	return t.TempDir()
}

// checkFigure wants a PNG of that width in inches with its resolution in it, and an SVG with all of the texts.
func checkFigure(t *testing.T, path string, inches float64, texts ...string) {
	t.Helper()
	raw, err := os.ReadFile(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := picture.Bounds().Dx(), int(inches*300+0.5); got != want {
		t.Errorf("%s.png is %d pixels wide, want %d", path, got, want)
	}
	if at := bytes.Index(raw, []byte("pHYs")); at < 0 || binary.BigEndian.Uint32(raw[at+4:]) != 11811 {
		t.Errorf("%s.png does not say that it has 300 dots an inch", path)
	}
	seen := map[string]bool{}
	file, err := os.Open(path + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for d := xml.NewDecoder(file); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s.svg: %v", path, err)
		}
		if text, ok := token.(xml.CharData); ok {
			seen[strings.TrimSpace(string(text))] = true
		}
	}
	for _, text := range texts {
		if !seen[text] {
			t.Errorf("%s.svg has no text %q", path, text)
		}
	}
}

// learning is a curve with a band.
func learning(label string, end, speed, width float64) Series {
	s := Series{Label: label}
	for i := range 30 {
		x := float64(i+1) * 64
		y := -4.7 + (end+4.7)*(1-math.Exp(-x/speed)) + 0.03*math.Sin(float64(i)*end)
		s.X, s.Y, s.Low, s.High = append(s.X, x), append(s.Y, y), append(s.Low, y-width), append(s.High, y+width)
	}
	return s
}

func TestOnePanel(t *testing.T) {
	path := filepath.Join(folder(t), "curves")
	err := Lines(path, Panel{
		X: "reward calls", Y: "objective", Levels: []Level{{At: -1.15, Label: "optimum"}},
		Series: []Series{learning("diffac & co", -1.3, 300, 0.1), learning("ddpo-is", -1.5, 600, 0.2), learning("dpok", -1.55, 700, 0.2),
			learning("reinforce", -1.8, 900, 0.3), learning("grpo", -1.52, 650, 0.2), learning("rwr", -3, 900, 0.1),
			learning("nft", -2.2, 500, 0.1), learning("draft", -1.2, 200, 0.05), learning("adjoint", -1.25, 220, 0.05)},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFigure(t, path, 3.4, "reward calls", "objective", "optimum", "diffac & co", "ddpo-is", "adjoint", "\u22124")
}

func TestPanelsWithLegend(t *testing.T) {
	path := filepath.Join(folder(t), "panels")
	var panels []Panel
	for _, title := range []string{"REINFORCE type", "DDPG type", "plain"} {
		p := Panel{Title: title, X: "samples", LogX: true, LogY: true, XTicks: []float64{8, 32, 128, 512}}
		if title == "REINFORCE type" {
			p.Y, p.Levels = "variance", []Level{{At: 1, Label: "as large as the gradient"}}
		}
		for i, label := range []string{"trajectories, exact critic", "perturbation, exact critic", "trajectories, fitted critic",
			"perturbation, fitted critic"} {
			s := Series{Label: label, Style: &Style{Color: i % 2, Dash: i / 2}}
			for n := 8.; n <= 512; n *= 2 {
				y := 40 / n * float64(i+1)
				s.X, s.Y, s.Low, s.High = append(s.X, n), append(s.Y, y), append(s.Low, y-200/n/math.Sqrt(n)), append(s.High, y*1.3)
			}
			p.Series = append(p.Series, s)
		}
		panels = append(panels, p)
	}
	panels[1].Series[0].Y[2] = math.NaN() // a gap
	if err := Lines(path, panels...); err != nil {
		t.Fatal(err)
	}
	checkFigure(t, path, 7, "REINFORCE type", "DDPG type", "samples", "variance", "perturbation, fitted critic", "512", "0.1", "as large as the gradient")
}

func TestField(t *testing.T) {
	path := filepath.Join(folder(t), "field")
	rng := rand.New(rand.NewPCG(1, 2))
	var panels []FieldPanel
	for i, title := range []string{"before", "during", "after"} {
		p := FieldPanel{Title: title, Crosses: [][2]float64{{1, 0}}}
		for x := -2.8; x < 3; x += 0.4 {
			for y := -2.8; y < 3; y += 0.4 {
				p.Arrows = append(p.Arrows, Arrow{x, y, (1 - x) * float64(i+1), -y})
			}
		}
		for k := range 6 {
			sin, cos := math.Sincos(math.Pi / 3 * float64(k))
			p.Circles = append(p.Circles, Circle{2 * cos, 2 * sin, 0.6})
			for range 80 {
				p.Points = append(p.Points, [2]float64{2*cos + 0.3*rng.NormFloat64(), 2*sin + 0.3*rng.NormFloat64()})
			}
		}
		panels = append(panels, p)
	}
	panels[0].Points[0][0], panels[0].Arrows[0].U = math.NaN(), math.Inf(1)
	if err := Field(path, 3, panels...); err != nil {
		t.Fatal(err)
	}
	checkFigure(t, path, 7, "before", "during", "after", "\u22122")
}

func TestRefusals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	for name, err := range map[string]error{
		"no panels":     Lines(path),
		"no numbers":    Lines(path, Panel{}),
		"none positive": Lines(path, Panel{LogY: true, Series: []Series{{X: []float64{1}, Y: []float64{-1}}}}),
		"counts differ": Lines(path, Panel{Series: []Series{{X: []float64{1}, Y: []float64{1, 2}}}}),
		"half a band":   Lines(path, Panel{Series: []Series{{X: []float64{1}, Y: []float64{1}, Low: []float64{1}}}}),
		"no field":      Field(path, 1),
		"no side":       Field(path, 0, FieldPanel{}),
	} {
		if err == nil {
			t.Errorf("%s: drawn", name)
		}
	}
	if list, _ := os.ReadDir(filepath.Dir(path)); len(list) > 0 {
		t.Errorf("files were left: %v", list)
	}
}

// TestAnyNumbers: whatever there is to show is shown, without a panic.
func TestAnyNumbers(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1e3, 1e3), rapid.Float64Range(1e-9, 1e9), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1)}))
		n := rapid.IntRange(1, 6).Draw(t, "n")
		draw := func(name string) []float64 { return rapid.SliceOfN(value, n, n).Draw(t, name) }
		p := Panel{LogX: rapid.Bool().Draw(t, "logx"), LogY: rapid.Bool().Draw(t, "logy"),
			Series: []Series{{Label: "a", X: draw("x"), Y: draw("y"), Low: draw("low"), High: draw("high")}}}
		if _, err := plotAll([]Panel{p}, newKeys([]Panel{p})); err != nil && !strings.Contains(err.Error(), "nothing to draw") {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 9).Draw(t, "paint") == 0 {
			if err := Lines(filepath.Join(dir, "any"), p); err != nil && !strings.Contains(err.Error(), "nothing to draw") {
				t.Fatal(err)
			}
		}
	})
}

// TestSpread: labels keep their curves' order, stand a line apart, and stay within the panel where there is room.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []endLabel
		for _, v := range rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 10).Draw(t, "ends") {
			list = append(list, endLabel{end: vg.Length(v)})
		}
		spread(list, 8, 0, 100)
		for i, l := range list {
			if l.at < -1e-9 || l.at > 100+1e-9 {
				t.Fatalf("label %d stands at %v", i, l.at)
			}
			if i > 0 && (l.at-list[i-1].at < 8-1e-9 || l.end < list[i-1].end) {
				t.Fatalf("labels %d and %d: %v", i-1, i, list)
			}
		}
		if len(list) == 1 && list[0].at != list[0].end {
			t.Fatalf("a label alone moved from %v to %v", list[0].end, list[0].at)
		}
	})
}

func TestTicks(t *testing.T) {
	labels := func(m marks, low, high float64) (out []string) {
		for _, v := range m.Ticks(low, high) {
			if v.Label != "" {
				out = append(out, v.Label)
			}
		}
		return out
	}
	for _, c := range []struct {
		m         marks
		low, high float64
		want      string
	}{
		{marks{}, 0, 1, "0 0.2 0.4 0.6 0.8 1"},
		{marks{}, -4.7, -1.1, "−4 −3 −2"},
		{marks{}, 0, 1920, "0 500 1000 1500"},
		{marks{log: true}, math.Log10(0.9), math.Log10(90), "1 2 5 10 20 50"},
		{marks{log: true}, -3, 4, "0.01 1 100 10000"},
		{marks{log: true}, math.Log10(20), math.Log10(30), "20 22 24 26 28 30"},
		{marks{at: []float64{8, 16}, log: true}, 0, 2, "8 16"},
	} {
		if got := strings.Join(labels(c.m, c.low, c.high), " "); got != c.want {
			t.Errorf("%v from %v to %v: %s, want %s", c.m, c.low, c.high, got, c.want)
		}
	}
}
