package quality

import (
	"math"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
)

// Pocket is what there is of a model in one pocket.
type Pocket struct {
	evaluate.Target                  // the reference ligand, and the molecules with their scores
	Relaxed         []evaluate.Entry // the molecules' relaxed poses; none where they were not relaxed
	Random          []evaluate.Entry // the evaluated molecules placed at random, of which VinaMin alone is known
	Seconds         float64          // that sampling took, 0 where it is not known
}

// StrictProp is the SDF data item in which a decoder says whether a molecule came out as the network drew it, without repair: 1 or 0.
const StrictProp = "strict"

// RejectedProp is the SDF data item in which a decoder may say in a few words why a molecule is to be rejected.
const RejectedProp = "rejected"

// The rows of a report: whose molecules a figure is of.
const (
	Model     = "model"
	Relaxed   = "relaxed"
	Random    = "random"
	Reference = "reference"
	Trained   = "training"
)

// Rows are the rows in the order in which they are shown.
var Rows = []string{Model, Relaxed, Random, Reference, Trained}

// group is the molecules of a row. Entries that are not evaluated (see evaluate.Entry) count among those asked for alone.
type group struct {
	pockets []part
	known   map[string]bool // keys of the training molecules; nil where they are not known
}

// part is a group's molecules in one pocket.
type part struct {
	entries []evaluate.Entry
	asked   int
}

// evaluated are the entries that figures are of.
func (g *group) evaluated() (list []evaluate.Entry) {
	for _, p := range g.pockets {
		for _, e := range p.entries {
			if e.Evaluated() {
				list = append(list, e)
			}
		}
	}
	return list
}

func (g *group) asked() (n int) {
	for _, p := range g.pockets {
		n += p.asked
	}
	return n
}

// groups sorts what there is into rows; a row without molecules is absent.
func groups(pockets []Pocket, training *Training) map[string]*group {
	rows := map[string]*group{}
	add := func(row string, entries []evaluate.Entry, asked int) {
		if asked == 0 {
			return
		}
		if rows[row] == nil {
			rows[row] = &group{}
			if training != nil {
				rows[row].known = training.Keys
			}
		}
		rows[row].pockets = append(rows[row].pockets, part{entries, asked})
	}
	for _, p := range pockets {
		add(Model, p.Molecules, p.Asked)
		add(Relaxed, p.Relaxed, len(p.Relaxed))
		add(Random, p.Random, len(p.Random))
		add(Reference, []evaluate.Entry{p.Reference}, 1)
	}
	if training != nil {
		add(Trained, training.Sample, len(training.Sample))
	}
	return rows
}

// Unscored is the score of a molecule of which nothing is known but that it is whole.
func Unscored(m *chem.Molecule) oracle.Score {
	nan := math.NaN()
	return oracle.Score{Name: m.Name, Atoms: len(m.Atoms), Valid: true, Connected: len(m.Fragments()) == 1, VinaScore: nan, VinaMin: nan, VinaDock: nan,
		QED: nan, SA: nan, LogP: nan, Strain: nan, Clashes: nan, TPSA: nan, Weight: nan, HBD: nan, HBA: nan, Rotatable: nan, Lipinski: nan, Alerts: nan,
		Similarity: nan, Efficiency: nan, VinaScoreReference: nan, VinaMinReference: nan}
}
