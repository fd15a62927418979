package evaluate

import (
	"math"
	"slices"

	"keel/oracle"
)

// The thresholds of the field's success rate (Long et al. 2022; DecompDiff, Guan et al. 2023).
const (
	successDock = -8.18 // kcal/mol, below
	successQED  = 0.25  // above
	successSA   = 0.59  // above, as (10 - SA) / 9
)

// What a figure is the mean, median or share of.
const (
	molecule   = "molecule evaluated"
	asked      = "molecule asked for"
	pocket     = "pocket"
	histograms = "histogram" // of all molecules evaluated
)

// Column is one figure of the table.
type Column struct {
	Key     string // in CSV and JSON, and in the table of published rows
	Head    string // the title
	Under   string // which of the figures of that title it is; empty for the only one
	Unit    string // empty for none; "%" for fractions, which are shown as per cent
	Digits  int    // after the point, as shown
	Better  int    // -1: less is better, 1: more, 0: neither
	PerUnit string // what there is one value of: molecule, asked, pocket or histograms

	values    func(view) []float64    // of a pocket, to be pooled; nil for distances
	statistic func([]float64) float64 // of the pooled values
	distance  func(Distances) float64
	training  bool // needs the training set
	reference bool // is of the reference ligands too
}

// view is a pocket as a row sees it: the reference row's molecules are the reference ligand.
type view struct {
	entries   []Entry
	asked     int
	reference Entry
	training  map[string]bool
}

// Columns are the table's figures in its order; docs/evaluation.md defines them.
var Columns = slices.Concat(
	both(Column{Key: "vina_score", Head: "Vina Score", Unit: "kcal/mol", Digits: 2, Better: -1, PerUnit: molecule,
		values: scores(vinaScore), reference: true}),
	both(Column{Key: "vina_min", Head: "Vina Min", Unit: "kcal/mol", Digits: 2, Better: -1, PerUnit: molecule,
		values: scores(vinaMin), reference: true}),
	both(Column{Key: "vina_dock", Head: "Vina Dock", Unit: "kcal/mol", Digits: 2, Better: -1, PerUnit: molecule,
		values: scores(vinaDock), reference: true}),
	both(Column{Key: "high_affinity", Head: "High Affinity", Unit: "%", Digits: 1, Better: 1, PerUnit: pocket, values: highAffinity}),
	both(Column{Key: "qed", Head: "QED", Digits: 2, Better: 1, PerUnit: molecule, values: scores(qed), reference: true}),
	both(Column{Key: "sa", Head: "SA", Digits: 2, Better: 1, PerUnit: molecule, values: scores(sa), reference: true}),
	[]Column{
		{Key: "diversity", Head: "Diversity", Digits: 2, Better: 1, PerUnit: pocket, values: diversityOf, statistic: mean},
		{Key: "success", Head: "Success", Unit: "%", Digits: 1, Better: 1, PerUnit: molecule, values: scores(success), statistic: mean, reference: true},
		{Key: "valid", Head: "Valid", Unit: "%", Digits: 1, Better: 1, PerUnit: asked, values: shares(isValid), statistic: mean, reference: true},
		{Key: "connected", Head: "Connected", Unit: "%", Digits: 1, Better: 1, PerUnit: asked, values: shares(Entry.Evaluated), statistic: mean,
			reference: true},
		{Key: "unique", Head: "Unique", Unit: "%", Digits: 1, Better: 1, PerUnit: pocket, values: uniqueness, statistic: mean},
		{Key: "novel", Head: "Novel", Unit: "%", Digits: 1, Better: 1, PerUnit: molecule, values: novelty, statistic: mean, training: true,
			reference: true},
		{Key: "atoms", Head: "Size", Unit: "heavy atoms", Digits: 1, PerUnit: molecule, values: scores(atoms), statistic: mean, reference: true},
		{Key: "strain_median", Head: "Strain", Under: "median", Unit: "kcal/mol", Digits: 1, Better: -1, PerUnit: molecule, values: scores(strain),
			statistic: median, reference: true},
		{Key: "clashes", Head: "Clashes", Under: "mean", Digits: 2, Better: -1, PerUnit: molecule, values: scores(clashes), statistic: mean,
			reference: true},
		{Key: "pb_valid", Head: "PB-valid", Unit: "%", Digits: 1, Better: 1, PerUnit: molecule, values: scores(pbValid), statistic: mean, reference: true},
	},
	distances("JS to references", "js", false),
	distances("JS to training", "js_training", true),
)

// both are the column of the mean and that of the median.
func both(c Column) []Column {
	average, middle := c, c
	average.Key, average.Under, average.statistic = c.Key+"_mean", "mean", mean
	middle.Key, middle.Under, middle.statistic = c.Key+"_median", "median", median
	return []Column{average, middle}
}

// distances are the columns of the Jensen-Shannon distances to the reference ligands, or to the training set.
func distances(head, key string, training bool) []Column {
	list := []Column{
		{Key: "ring_" + key, Under: "rings", distance: func(d Distances) float64 { return d.Rings }},
		{Key: "length_" + key, Under: "lengths", distance: func(d Distances) float64 { return d.Length }},
		{Key: "angle_" + key, Under: "angles", distance: func(d Distances) float64 { return d.Angle }},
	}
	for i := range list {
		c := &list[i]
		c.Head, c.Digits, c.Better, c.PerUnit, c.training, c.reference = head, 3, -1, histograms, training, training
	}
	return list
}

func isValid(e Entry) bool { return e.Score.Valid }

func vinaScore(s *oracle.Score) float64 { return s.VinaScore }
func vinaMin(s *oracle.Score) float64   { return s.VinaMin }
func vinaDock(s *oracle.Score) float64  { return s.VinaDock }
func qed(s *oracle.Score) float64       { return s.QED }
func sa(s *oracle.Score) float64        { return s.SA }
func atoms(s *oracle.Score) float64     { return float64(s.Atoms) }
func strain(s *oracle.Score) float64    { return s.Strain }
func clashes(s *oracle.Score) float64   { return s.Clashes }

func pbValid(s *oracle.Score) float64 {
	if s.PBValid == nil {
		return math.NaN()
	}
	return oneIf(*s.PBValid)
}

// success is 1 of a molecule within all three thresholds, NaN where one of its figures is not known.
func success(s *oracle.Score) float64 {
	if !finite(s.VinaDock) || !finite(s.QED) || !finite(s.SA) {
		return math.NaN()
	}
	return oneIf(s.VinaDock < successDock && s.QED > successQED && s.SA > successSA)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// scores are the known figures of the molecules that are evaluated.
func scores(of func(*oracle.Score) float64) func(view) []float64 {
	return func(v view) (list []float64) {
		for _, e := range v.entries {
			if x := of(&e.Score); e.Evaluated() && finite(x) {
				list = append(list, x)
			}
		}
		return list
	}
}

// shares has a 1 or a 0 for each molecule that was asked for.
func shares(is func(Entry) bool) func(view) []float64 {
	return func(v view) []float64 {
		list := make([]float64, v.asked)
		for i, e := range v.entries {
			list[i] = oneIf(is(e))
		}
		return list
	}
}

// highAffinity is the share of a pocket's docked molecules that dock at least as well as its reference ligand.
func highAffinity(v view) []float64 {
	docked := scores(vinaDock)(v)
	if len(docked) == 0 || !finite(v.reference.Score.VinaDock) {
		return nil
	}
	good := 0.0
	for _, energy := range docked {
		good += oneIf(energy <= v.reference.Score.VinaDock)
	}
	return []float64{good / float64(len(docked))}
}

func diversityOf(v view) []float64 {
	var prints [][]byte
	for _, e := range v.entries {
		if e.Evaluated() && len(e.Score.Fingerprint) > 0 {
			prints = append(prints, e.Score.Fingerprint)
		}
	}
	if d := diversity(prints); finite(d) {
		return []float64{d}
	}
	return nil
}

// uniqueness is the share of different molecules among those of a pocket that are evaluated.
func uniqueness(v view) []float64 {
	keys, n := map[string]bool{}, 0
	for _, e := range v.entries {
		if e.Evaluated() {
			keys[e.Molecule.Key()] = true
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []float64{float64(len(keys)) / float64(n)}
}

// novelty has a 1 for each molecule that is not in the training set.
func novelty(v view) (list []float64) {
	for _, e := range v.entries {
		if e.Evaluated() {
			list = append(list, oneIf(!v.training[e.Molecule.Key()]))
		}
	}
	return list
}
