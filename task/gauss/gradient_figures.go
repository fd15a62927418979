package gauss

import (
	"path/filepath"

	"keel/figure"
)

// gradientStyles: colours are states, dashes are critics; the estimators without a critic stand apart.
var gradientStyles = map[string]struct {
	label string
	style figure.Style
}{
	"trajectory, exact":    {"trajectory states, exact critic", figure.Style{Color: 1, Dash: 1}},
	"perturbation, exact":  {"perturbation states, exact critic", figure.Style{Color: 0, Dash: 1}},
	"trajectory, fitted":   {"trajectory states, fitted critic", figure.Style{Color: 1}},
	"perturbation, fitted": {"perturbation states, fitted critic", figure.Style{Color: 0}},
	"reinforce":            {"REINFORCE, no critic", figure.Style{Color: 2}},
	"ddpo-is":              {"DDPO-IS, no critic", figure.Style{Color: 3, Dash: 1}},
}

// Draw writes gradient-cosine, gradient-variance and gradient-bias into the folder, as PNG and SVG. Bands are the spread of single updates
// in the figure of the cosine, and a standard error either way in the others.
func (r *GradientResult) Draw(dir string) error {
	for _, f := range []struct {
		name, y string
		log     bool
		lowest  float64 // that the number can be
		band    func(p GradientPoint) (value, half float64)
	}{
		{"cosine", "cosine to the exact gradient", false, -1, func(p GradientPoint) (float64, float64) { return p.Cosine.Value, p.Spread }},
		{"variance", "variance / |exact gradient|²", true, 0, func(p GradientPoint) (float64, float64) { return p.Variance.Value, p.Variance.Error }},
		{"bias", "|bias| / |exact gradient|", false, 0, func(p GradientPoint) (float64, float64) { return p.Bias.Value, p.Bias.Error }},
	} {
		panels := []figure.Panel{
			{Title: "REINFORCE type", Y: f.y, Series: r.series("reinforce", f.lowest, f.band)},
			{Title: "DDPG type", Series: r.series("ddpg", f.lowest, f.band)},
		}
		for i := range panels {
			panels[i].X, panels[i].LogX, panels[i].LogY = "samples (reward calls) of an update", true, f.log
			if f.name == "bias" {
				panels[i].Levels = []figure.Level{{At: r.Limit, Label: "perturbation states, the limit"}}
			}
			for _, n := range r.Samples {
				panels[i].XTicks = append(panels[i].XTicks, float64(n))
			}
		}
		if err := figure.Lines(filepath.Join(dir, "gradient-"+f.name), panels...); err != nil {
			return err
		}
	}
	return nil
}

// series are the curves of one type of gradient, their bands cut at the lowest number there can be.
func (r *GradientResult) series(kind string, lowest float64, band func(p GradientPoint) (value, half float64)) []figure.Series {
	var out []figure.Series
	for _, c := range r.Curves {
		if c.Type != kind {
			continue
		}
		key := c.States + ", " + c.Critic
		if c.Critic == "none" {
			key = c.Estimator
		}
		style := gradientStyles[key]
		s := figure.Series{Label: style.label, Style: &style.style}
		for _, p := range c.Points {
			value, half := band(p)
			s.X, s.Y = append(s.X, float64(p.Samples)), append(s.Y, value)
			s.Low, s.High = append(s.Low, max(value-half, lowest)), append(s.High, value+half)
		}
		out = append(out, s)
	}
	return out
}
