package quality

import (
	"math"
	"slices"

	"keel/chem"
	"keel/evaluate"
	"keel/figure"
	"keel/oracle"
)

// Draw writes path.png and path.svg: distributions of sizes, QED, SA, energies and ring sizes, and of the lengths of the commonest kinds of bond, of every
// row that has them. Without molecules there is no figure.
func Draw(path string, pockets []Pocket, training *Training) error {
	rows := groups(pockets, training)
	panels := []figure.Panel{
		distribution(rows, "Size", "heavy atoms", whole, 2, [2]float64{0, 46}, func(e evaluate.Entry) float64 { return float64(len(e.Molecule.Atoms)) }),
		distribution(rows, "QED", "QED", whole, 0.05, [2]float64{0, 1}, scored(func(s *oracle.Score) float64 { return s.QED })),
		distribution(rows, "SA", "(10 − SA) / 9", whole, 0.05, [2]float64{0, 1}, scored(func(s *oracle.Score) float64 { return s.SA })),
		distribution(rows, "Vina, minimised", "kcal/mol", withMin, 1, [2]float64{-14, 3}, scored(vinaMin)),
		ringPanel(rows),
	}
	panels = append(panels, lengthPanels(rows, training)...)
	panels = slices.DeleteFunc(panels, func(p figure.Panel) bool { return len(p.Series) == 0 })
	if len(panels) == 0 {
		return nil
	}
	const perRow = 4
	for i := range panels {
		if i%perRow == 0 {
			panels[i].Y = "share"
		} else {
			panels[i].Y = " " // its own axis: shares of bins of different widths
		}
	}
	return figure.Rows(path, perRow, panels...)
}

// style gives a row one colour in every panel.
func style(row string) *figure.Style {
	return &figure.Style{Color: slices.Index([]string{Reference, Model, Trained, Relaxed, Random}, row)}
}

// distribution has the share of values in bins of that width within a range; what lies beyond counts in the whole and is not shown.
func distribution(rows map[string]*group, title, axis string, of []string, width float64, within [2]float64, value func(evaluate.Entry) float64) figure.Panel {
	p := figure.Panel{Title: title, X: axis}
	bins := int(math.Round((within[1] - within[0]) / width))
	for _, row := range of {
		if rows[row] == nil {
			continue
		}
		values := known(rows[row], value)
		if len(values) == 0 {
			continue
		}
		s := figure.Series{Label: row, Style: style(row), X: make([]float64, bins), Y: make([]float64, bins)}
		for i := range bins {
			s.X[i] = within[0] + width*(float64(i)+0.5)
		}
		for _, v := range values {
			if i := int(math.Floor((v - within[0]) / width)); i >= 0 && i < bins {
				s.Y[i] += 1 / float64(len(values))
			} else if v == within[1] {
				s.Y[bins-1] += 1 / float64(len(values))
			}
		}
		p.Series = append(p.Series, s)
	}
	return p
}

func ringPanel(rows map[string]*group) figure.Panel {
	p := figure.Panel{Title: "Ring sizes", X: "atoms (9: and more)"}
	for _, row := range whole {
		if rows[row] == nil {
			continue
		}
		shape := shapeOf(rows[row])
		if all := total(shape.Rings); all > 0 {
			s := figure.Series{Label: row, Style: style(row)}
			for bin, n := range shape.Rings {
				s.X, s.Y = append(s.X, float64(bin+3)), append(s.Y, n/all)
			}
			p.Series, p.XTicks = append(p.Series, s), s.X
		}
	}
	return p
}

// lengthPanels are of the six kinds of bond that the training molecules, else the model's, have most, in bins four times as wide as those that distances
// are taken of.
func lengthPanels(rows map[string]*group, training *Training) (panels []figure.Panel) {
	shapes := map[string]*evaluate.Profile{}
	for _, row := range posed {
		if rows[row] != nil {
			shapes[row] = shapeOf(rows[row])
		}
	}
	if training != nil && training.Shape != nil {
		shapes[Trained] = training.Shape
	}
	most := shapes[Trained]
	if most == nil {
		most = shapes[Model]
	}
	if shapes[Model] == nil {
		return nil
	}
	kinds := slices.Concat(evaluate.LengthKinds, evaluate.MoreLengthKinds)
	slices.SortStableFunc(kinds, func(a, b string) int { return int(total(most.Lengths[b]) - total(most.Lengths[a])) })
	for _, kind := range kinds[:6] {
		p := figure.Panel{Title: kind, X: "Å"}
		for _, row := range []string{Model, Relaxed, Reference, Trained} {
			if shapes[row] != nil && total(shapes[row].Lengths[kind]) > 0 {
				p.Series = append(p.Series, lengths(row, kind, shapes[row].Lengths[kind]))
			}
		}
		panels = append(panels, p)
	}
	return panels
}

// lengths are a kind's shares; the first and the last bin, which are open, stand at the ends.
func lengths(row, kind string, counts []float64) figure.Series {
	const pooled = 4
	s, edges, all := figure.Series{Label: row, Style: style(row)}, evaluate.LengthEdges(kind), total(counts)
	for i := 0; i < len(counts); i += pooled {
		part := counts[i:min(i+pooled, len(counts))]
		s.X = append(s.X, edges[min(i+pooled/2, len(edges)-1)])
		s.Y = append(s.Y, total(part)/all)
	}
	return s
}

// shapeOf counts a group's geometry. Of training molecules, which may have no poses, only the rings are of use.
func shapeOf(g *group) *evaluate.Profile {
	var mols []*chem.Molecule
	for _, e := range g.evaluated() {
		mols = append(mols, e.Molecule)
	}
	return evaluate.NewProfile(mols)
}

func total(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum
}
