package evaluate

import (
	"cmp"
	"math"
	"path/filepath"
	"slices"

	"keel/figure"
	"keel/oracle"
)

// Draw writes the report's figures into dir, each as PNG and SVG: vina (distributions of the energies), druglike (of QED and SA), rings (molecules
// with rings of each size) and pockets (energies pocket by pocket). What there are no figures of is not drawn.
func Draw(dir string, r *Report) error {
	for _, f := range []struct {
		name   string
		panels []figure.Panel
	}{
		{"vina", r.distributions([]quantity{
			{"Vina Score", "kcal/mol", vinaScore, highestEnergy},
			{"Vina Min", "kcal/mol", vinaMin, highestEnergy},
			{"Vina Dock", "kcal/mol", vinaDock, highestEnergy},
		})},
		{"druglike", r.distributions([]quantity{{"QED", "QED", qed, 1}, {"SA", "(10 − SA) / 9", sa, 1}})},
		{"rings", r.rings()},
		{"pockets", r.pockets()},
	} {
		if len(f.panels) == 0 {
			continue
		}
		if err := figure.Lines(filepath.Join(dir, f.name), f.panels...); err != nil {
			return err
		}
	}
	return nil
}

// quantity is a score whose distribution is drawn, up to a highest value: clashing poses have energies of hundreds of kcal/mol.
type quantity struct {
	title, axis string
	of          func(*oracle.Score) float64
	highest     float64
}

const highestEnergy = 2.0 // kcal/mol

// of are the known figures of a row's molecules that are evaluated: of the reference ligands, or of the generated ones.
func (r *Report) of(references bool, figure func(*oracle.Score) float64) (list []float64) {
	for _, t := range r.Targets {
		entries := t.Molecules
		if references {
			entries = []Entry{t.Reference}
		}
		list = append(list, scores(figure)(view{entries: entries})...)
	}
	return list
}

// distributions are panels of cumulative distributions, of the quantities that are known.
func (r *Report) distributions(quantities []quantity) (panels []figure.Panel) {
	for _, q := range quantities {
		both := append(r.of(true, q.of), r.of(false, q.of)...)
		if len(both) == 0 {
			continue
		}
		within := [2]float64{math.Floor(slices.Min(both)), min(math.Ceil(slices.Max(both)), q.highest)}
		if within[0] >= within[1] {
			within[0] = within[1] - 1
		}
		var series []figure.Series
		for i, row := range r.Rows {
			if values := r.of(i == 0, q.of); len(values) > 0 {
				x, y := cumulative(values, within)
				series = append(series, figure.Series{Label: row.Name, X: x, Y: y, Style: &figure.Style{Color: i}})
			}
		}
		p := figure.Panel{Title: q.title, X: q.axis, Series: series, YRange: [2]float64{0, 1.02}}
		if len(panels) == 0 {
			p.Y = "share of molecules at or below"
		}
		panels = append(panels, p)
	}
	return panels
}

// cumulative is the share of values at or below each of 401 places of the range; values beyond it count in the whole.
func cumulative(values []float64, within [2]float64) (x, y []float64) {
	const places = 401
	sorted := slices.Sorted(slices.Values(values))
	for i := range places {
		at := within[0] + (within[1]-within[0])*float64(i)/(places-1)
		below, _ := slices.BinarySearchFunc(sorted, at, func(v, at float64) int {
			if v <= at {
				return -1
			}
			return 1
		})
		x, y = append(x, at), append(y, float64(below)/float64(len(sorted)))
	}
	return x, y
}

// rings has one panel: the share of molecules with a ring of each size, as TargetDiff's table of rings has it.
func (r *Report) rings() []figure.Panel {
	p := figure.Panel{X: "ring size (9: and larger)", Y: "share of molecules with it"}
	for i, row := range r.Rows {
		if row.Shape.Molecules == 0 {
			continue
		}
		s := figure.Series{Label: row.Name, Style: &figure.Style{Color: i}}
		for bin, n := range row.Shape.WithRing {
			s.X, s.Y = append(s.X, float64(bin+smallestRing)), append(s.Y, n/float64(row.Shape.Molecules))
		}
		p.Series, p.XTicks = append(p.Series, s), s.X
	}
	if len(p.Series) == 0 {
		return nil
	}
	return []figure.Panel{p}
}

// pockets has a panel for each energy that is known: pockets in order of their reference ligand's, the molecules' median with the middle half as a
// band. Where there are molecules, the pockets without any are not drawn.
func (r *Report) pockets() (panels []figure.Panel) {
	for _, q := range []quantity{{title: "Vina Score", of: vinaScore}, {title: "Vina Min", of: vinaMin}, {title: "Vina Dock", of: vinaDock}} {
		var known []Target
		for _, t := range r.Targets {
			if finite(q.of(&t.Reference.Score)) && (len(r.Rows) < 2 || len(q.values(t)) > 0) {
				known = append(known, t)
			}
		}
		if len(known) == 0 {
			continue
		}
		slices.SortStableFunc(known, func(a, b Target) int { return cmp.Compare(q.of(&a.Reference.Score), q.of(&b.Reference.Score)) })
		p := figure.Panel{Title: q.title, X: "pocket, in order of its reference", Series: r.pocketSeries(known, q)}
		p.YRange, p.XTicks = energyRange(p.Series), wholeTicks(len(known))
		if len(panels) == 0 {
			p.Y = "kcal/mol"
		}
		panels = append(panels, p)
	}
	return panels
}

// values are the known figures of a pocket's molecules.
func (q quantity) values(t Target) []float64 { return scores(q.of)(view{entries: t.Molecules}) }

func (r *Report) pocketSeries(targets []Target, q quantity) []figure.Series {
	reference := figure.Series{Label: r.Rows[0].Name, Style: &figure.Style{Color: 0}}
	own := figure.Series{Style: &figure.Style{Color: 1}}
	for i, t := range targets {
		values := q.values(t)
		reference.X, reference.Y = append(reference.X, float64(i+1)), append(reference.Y, q.of(&t.Reference.Score))
		own.X, own.Y = append(own.X, float64(i+1)), append(own.Y, median(values))
		own.Low, own.High = append(own.Low, quantile(values, 0.25)), append(own.High, quantile(values, 0.75))
	}
	if len(r.Rows) < 2 {
		return []figure.Series{reference}
	}
	own.Label = r.Rows[1].Name
	return []figure.Series{own, reference}
}

// energyRange is what a panel shows of energies: all, but for what lies above highestEnergy.
func energyRange(series []figure.Series) [2]float64 {
	all := []float64{}
	for _, s := range series {
		all = append(append(append(all, s.Y...), s.Low...), s.High...)
	}
	low, high := math.Floor(slices.Min(all)), min(math.Ceil(slices.Max(all)), highestEnergy)
	return [2]float64{min(low, high-1), high}
}

// wholeTicks are at most eight places among 1 to n, at steps that read well.
func wholeTicks(n int) (ticks []float64) {
	step := 1
	for _, s := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if n/step > 8 {
			step = s
		}
	}
	for at := step; at <= n; at += step {
		ticks = append(ticks, float64(at))
	}
	return ticks
}
