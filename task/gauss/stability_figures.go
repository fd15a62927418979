package gauss

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"keel/figure"
	"keel/nn"
	"keel/sde"
)

// panels of the figures, by the estimators' labels: DiffAC stands in each for comparison.
var (
	againstTrajectories = []string{"diffac-ddpg", "reinforce", "ddpo-is", "dpok", "grpo", "ddpg-trajectory"}
	againstOthers       = []string{"diffac-ddpg", "rwr", "nft", "diffusion-dpo", "draft", "adjoint-matching"}
	ablation            = []string{"diffac-ddpg", "diffac-reinforce", "diffac-ddpg-no-consistency", "diffac-ddpg-no-perturbation",
		"diffac-ddpg-no-regulariser", "diffac-ddpg-no-fresh"}
	restored = []string{"diffac-ddpg", "reinforce", "reinforce+consistency", "ddpo-is", "ddpo-is+consistency", "ddpg-trajectory",
		"ddpg-trajectory+consistency"}
)

// gapAxis names an axis that is logarithmic: a policy out of all bounds has a gap out of all bounds.
const gapAxis = "Consistency gap"

// Draw writes the figures of the results into the folder: stability-curves, stability-ablation and stability-gap, as PNG and SVG.
func (s *Stability) Draw(dir string) error {
	objective := func(p Point) float64 { return p.Objective }
	gap := func(p Point) float64 { return p.Gap }
	if err := s.draw(dir, "stability-curves", []string{"Trajectory estimators", "Others"}, [][]string{againstTrajectories, againstOthers},
		"Objective", objective); err != nil {
		return err
	}
	if err := s.draw(dir, "stability-ablation", []string{"DiffAC with parts left out"}, [][]string{ablation}, "Objective", objective); err != nil {
		return err
	}
	return s.draw(dir, "stability-gap", []string{"DiffAC with parts left out", "Consistency around others"}, [][]string{ablation, restored},
		gapAxis, gap)
}

func (s *Stability) draw(dir, name string, titles []string, labels [][]string, y string, value func(Point) float64) error {
	var panels []figure.Panel
	for i, list := range labels {
		p := figure.Panel{Title: titles[i], X: "Reward calls", Y: y, LogX: true, LogY: y == gapAxis}
		for _, l := range s.Lines() {
			if !slices.Contains(list, l.Estimator) {
				continue
			}
			if one := s.series(l, value); len(one.X) > 0 { // else all of its runs broke down before their first points
				p.Series = append(p.Series, one)
			}
		}
		if y == "Objective" && len(s.Results) > 0 {
			r := s.Results[0]
			p.Levels = []figure.Level{{At: r.Optimum, Label: "optimum"}, {At: r.Start, Label: "start"}}
			p.YRange = [2]float64{r.Start - 0.3*(r.Optimum-r.Start), r.Optimum + 0.1*(r.Optimum-r.Start)}
		}
		if len(p.Series) > 0 {
			panels = append(panels, p)
		}
	}
	if len(panels) == 0 {
		return nil
	}
	return figure.Lines(filepath.Join(dir, name), panels...)
}

// series is the mean over the seeds with the band from the worst to the best.
func (s *Stability) series(l Line, value func(Point) float64) figure.Series {
	out := figure.Series{Label: l.Estimator}
	for i := 0; ; i++ {
		var n, x, sum float64
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range s.Results {
			if r.Estimator == l.Estimator && r.Rate == l.Rate && i < len(r.Curve) {
				v := value(r.Curve[i])
				n, x, sum = n+1, float64(r.Curve[i].Calls), sum+v
				low, high = min(low, v), max(high, v)
			}
		}
		if n == 0 {
			return out
		}
		out.X, out.Y = append(out.X, x), append(out.Y, sum/n)
		out.Low, out.High = append(out.Low, low), append(out.High, high)
	}
}

const (
	fieldLevel  = 0.5 // sigma/alpha at which the drift is shown
	fieldPoints = 400 // samples in a panel
	fieldArrows = 17  // along a side
)

// DrawFields writes fields-LABEL as PNG and SVG for each of the variants of a two-dimensional problem: samples, and the drift of the
// probability flow at one noise level, before, during and after a run of the first seed.
func (s *Stability) DrawFields(ctx context.Context, e *nn.Engine, dir string, variants []Variant) error {
	if s.Problem.Dims != 2 {
		return nil
	}
	b, err := s.Problem.Open(e)
	if err != nil {
		return err
	}
	for _, v := range variants {
		r, err := b.NewRunner(v)
		if err != nil {
			return err
		}
		result, err := r.Run(ctx, s.Budget, s.Seeds[0], v.Rate)
		if err != nil {
			return err
		}
		if err := b.drawFields(ctx, filepath.Join(dir, "fields-"+v.Label), result); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) drawFields(ctx context.Context, path string, r Result) error {
	stages := []Point{{params: b.Setting.Params}}
	if n := len(r.Curve); n > 0 { // else the policy broke down before the first point
		stages = append(stages, worst(r.Curve), r.Curve[n-1])
	}
	half := 1.75 * b.Radius
	var panels []figure.FieldPanel
	for _, p := range stages {
		panel, err := b.fieldPanel(ctx, p, half)
		if err != nil {
			return err
		}
		panel.Title = fmt.Sprintf("%s, rate %g, %d calls", r.Estimator, r.Rate, p.Calls)
		panels = append(panels, panel)
	}
	return figure.Field(path, half, panels...)
}

// worst is the point before the last with the lowest objective after the best one so far; without a fall, the middle one.
func worst(curve []Point) Point {
	out, best, fall := curve[len(curve)/2], math.Inf(-1), 0.0
	for _, p := range curve[:len(curve)-1] {
		best = max(best, p.Objective)
		if best-p.Objective > max(fall, 0.5) {
			out, fall = p, best-p.Objective
		}
	}
	return out
}

func (b *Bench) fieldPanel(ctx context.Context, p Point, half float64) (figure.FieldPanel, error) {
	params := nn.FromFloats(p.params, len(p.params))
	defer nn.Free(params)
	e, err := b.Evaluate(ctx, params, fieldPoints, 1)
	if err != nil {
		return figure.FieldPanel{}, err
	}
	var panel figure.FieldPanel
	for i := range fieldPoints {
		panel.Points = append(panel.Points, [2]float64{float64(e.Rollout.X0()[2*i]), float64(e.Rollout.X0()[2*i+1])})
	}
	t := process.Time(fieldLevel)
	alpha, _ := process.Kernel(t)
	cx, cd := sde.FlowDrift(process, t)
	var x []float32
	for i := range fieldArrows * fieldArrows {
		at := func(k int) float32 { return float32(alpha * half * (2*float64(k)/(fieldArrows-1) - 1)) }
		x = append(x, at(i%fieldArrows), at(i/fieldArrows))
	}
	prior, err := b.Task.Prior(nil, fieldArrows*fieldArrows)
	if err != nil {
		return panel, err
	}
	clean, err := b.Setting.Sampler.Denoise(params, x, t, prior)
	if err != nil {
		return panel, err
	}
	for i := range fieldArrows * fieldArrows {
		drift := func(k int) float64 { return -(cx*float64(x[2*i+k]) + cd*float64(clean[2*i+k])) } // time runs backward
		panel.Arrows = append(panel.Arrows, figure.Arrow{X: float64(x[2*i]) / alpha, Y: float64(x[2*i+1]) / alpha, U: drift(0), V: drift(1)})
	}
	for _, m := range b.Task.Data.Means {
		panel.Circles = append(panel.Circles, figure.Circle{X: m[0], Y: m[1], R: 2 * b.Std})
	}
	panel.Crosses = [][2]float64{{b.Target, 0}}
	return panel, nil
}
