package quality

import (
	"slices"

	"keel/evaluate"
	"keel/oracle"
)

// Measured is a figure of one row.
type Measured struct {
	Value float64 // NaN where it is not known
	SD    float64 // sample standard deviation of the values; NaN of shares and of fewer than two
	Of    int     // molecules, or whatever the figure counts, that it rests on
}

// Figure is one line of the report.
type Figure struct {
	Key     string
	Name    string
	Unit    string // "%" for shares, which are kept as fractions
	Digits  int    // after the point, as shown
	Better  int    // -1: less is better, 1: more, 0: neither
	rows    []string
	measure func(*group) Measured
}

var (
	drawn   = []string{Model}
	whole   = []string{Model, Reference, Trained}
	posed   = []string{Model, Relaxed, Reference}
	withMin = []string{Model, Relaxed, Random, Reference}
)

// Figures are the lines in their order.
var Figures = []Figure{
	{"valid", "valid, of all asked for", "%", 1, 1, drawn, (*group).valid},
	{"connected", "valid and in one piece, of all asked for", "%", 1, 1, drawn, (*group).connected},
	{"strict", "strict: without repair by the decoder", "%", 1, 1, drawn, (*group).strict},
	{"unique", "different, within a pocket", "%", 1, 1, drawn, (*group).unique},
	{"unique_overall", "different, over all pockets", "%", 1, 1, drawn, (*group).uniqueOverall},
	{"novel", "not among the training molecules", "%", 1, 1, []string{Model, Reference}, (*group).novel},

	{"atoms", "heavy atoms", "", 1, 0, whole, means(func(e evaluate.Entry) float64 { return float64(len(e.Molecule.Atoms)) })},
	{"qed", "QED", "", 3, 1, whole, means(scored(func(s *oracle.Score) float64 { return s.QED }))},
	{"sa", "SA, (10 - SA) / 9", "", 3, 1, whole, means(scored(func(s *oracle.Score) float64 { return s.SA }))},
	{"logp", "logP", "", 2, 0, whole, means(scored(func(s *oracle.Score) float64 { return s.LogP }))},
	{"aromatic", "aromatic, of heavy atoms", "%", 1, 0, whole, (*group).aromatic},
	{"rings", "rings in a molecule", "", 2, 0, whole, means(func(e evaluate.Entry) float64 { return float64(len(e.Molecule.Rings())) })},
	{"odd_rings", "molecules with a ring of 3, 4 or over 7 atoms", "%", 1, -1, whole, shareOf(hasOddRing)},
	{"rotatable", "rotatable bonds", "", 2, 0, whole, means(scored(func(s *oracle.Score) float64 { return s.Rotatable }))},

	{"pb_valid", "PoseBusters passed", "%", 1, 1, posed, means(pbValid)},
	{"clashes", "atoms that clash", "", 2, -1, posed, means(scored(func(s *oracle.Score) float64 { return s.Clashes }))},
	{"strain_median", "strain, median", "kcal/mol", 1, -1, posed, medians(scored(func(s *oracle.Score) float64 { return s.Strain }))},
	{"vina_score_mean", "Vina, pose as it is, mean", "kcal/mol", 2, -1, posed, means(scored(vinaScore))},
	{"vina_score_median", "Vina, pose as it is, median", "kcal/mol", 2, -1, posed, medians(scored(vinaScore))},
	{"vina_min_mean", "Vina, minimised, mean", "kcal/mol", 2, -1, withMin, means(scored(vinaMin))},
	{"vina_min_median", "Vina, minimised, median", "kcal/mol", 2, -1, withMin, medians(scored(vinaMin))},
	{"efficiency_median", "Vina, minimised, an atom, median", "kcal/mol", 3, -1, withMin, medians(perAtom)},
}

func vinaScore(s *oracle.Score) float64 { return s.VinaScore }
func vinaMin(s *oracle.Score) float64   { return s.VinaMin }

func scored(of func(*oracle.Score) float64) func(evaluate.Entry) float64 {
	return func(e evaluate.Entry) float64 { return of(&e.Score) }
}

// perAtom sets the energy beside the size, without which larger molecules always look better.
func perAtom(e evaluate.Entry) float64 { return e.Score.VinaMin / float64(len(e.Molecule.Atoms)) }

func pbValid(e evaluate.Entry) float64 {
	if e.Score.PBValid == nil {
		return nan
	}
	return oneIf(*e.Score.PBValid)
}

// hasOddRing reports a ring of a size that drugs hardly have.
func hasOddRing(e evaluate.Entry) bool {
	return slices.ContainsFunc(e.Molecule.Rings(), func(r []int) bool { return len(r) < 5 || len(r) > 7 })
}

func means(of func(evaluate.Entry) float64) func(*group) Measured {
	return func(g *group) Measured {
		values := known(g, of)
		return Measured{mean(values), deviation(values), len(values)}
	}
}

func medians(of func(evaluate.Entry) float64) func(*group) Measured {
	return func(g *group) Measured {
		values := known(g, of)
		return Measured{median(values), deviation(values), len(values)}
	}
}

func shareOf(is func(evaluate.Entry) bool) func(*group) Measured {
	return func(g *group) Measured {
		list, n := g.evaluated(), 0
		for _, e := range list {
			n += int(oneIf(is(e)))
		}
		return share(n, len(list))
	}
}

// known are the values of the evaluated molecules that have one.
func known(g *group, of func(evaluate.Entry) float64) (values []float64) {
	for _, e := range g.evaluated() {
		if v := of(e); finite(v) {
			values = append(values, v)
		}
	}
	return values
}
