package quality

import (
	"math"
	"slices"
	"strconv"

	"keel/chem"
	"keel/evaluate"
)

// Report is all that is known of a model.
type Report struct {
	Settings Settings
	Lines    []Line
	Rings    []RingLine
	// Distances of ring sizes and of kinds of bonds and angles to those of row Against, by row. Those of rings are to the training molecules, poses or not.
	RingSizes   map[string]evaluate.KindDistance
	Geometry    map[string][]evaluate.KindDistance
	Against     string // Trained where there are training poses, else Reference
	PoseBusters []Test
	Rejected    []Reason // asked for, but not valid molecules in one piece
	Missing     []Reason // figures that evaluated molecules lack
	Unplaced    []Reason // evaluated molecules placed at random that have no energy there
	Pockets     []PocketLine
	Empty       int     // pockets without molecules
	Sampled     int     // molecules whose sampling was timed
	Seconds     float64 // that it took, compiling included
	LeftOut     []string
}

// Settings are what the report is of, to stand beside it.
type Settings struct {
	Model    string   `json:"model,omitempty"`    // the weights' file
	Pockets  string   `json:"pockets"`            // where they come from
	Asked    int      `json:"asked"`              // molecules a pocket; 0 as many as were found
	Atoms    string   `json:"atoms,omitempty"`    // heavy atoms, from-to
	Steps    int      `json:"steps,omitempty"`    // of the sampler
	Noise    float64  `json:"noise,omitempty"`    // of the sampler, as a share of the process's
	Seed     uint64   `json:"seed"`               // of sampling and of random places
	Training []string `json:"training,omitempty"` // files
	Trained  int      `json:"training_molecules"` // read from them
	Unread   int      `json:"training_unreadable"`
	Compared int      `json:"training_sample"` // of them, evenly spaced, that all but novelty is compared with
}

// Line is a figure, by row; rows that do not have it are absent.
type Line struct {
	Figure
	By map[string]Measured
}

// RingLine is the share of rings that have a size, by row, of all rings.
type RingLine struct {
	Size string // "9+": and larger
	By   map[string]Measured
}

// Test is one of PoseBusters' tests and how many of the evaluated molecules fail it, by row, of those tested.
type Test struct {
	Name string
	By   map[string]Measured
}

const (
	WantDistance = 0.3  // of a common kind of bond or angle
	CommonChance = 0.15 // the most that chance alone may make of a common kind's distance
)

// Common reports whether a kind is common enough to be judged by: chance makes at most half of the distance that is wanted. Of a kind that fills 60 of
// the field's bins that is so from 330 on this side on, against many on the other.
func Common(d evaluate.KindDistance) bool { return d.Chance <= CommonChance }

// Within counts the common kinds among distances, those of them within WantDistance, and their mean.
func Within(list []evaluate.KindDistance) (within, common int, average float64) {
	var of []float64
	for _, d := range list {
		if Common(d) {
			of = append(of, d.Distance)
			within += int(oneIf(d.Distance <= WantDistance))
		}
	}
	return within, len(of), mean(of)
}

// Judge makes the report of what a model did in pockets. training may be nil. It is a pure function of molecules and scores.
func Judge(pockets []Pocket, training *Training, settings Settings) *Report {
	rows := groups(pockets, training)
	r := &Report{Settings: settings, RingSizes: map[string]evaluate.KindDistance{}, Geometry: map[string][]evaluate.KindDistance{}}
	for _, f := range Figures {
		l := Line{f, map[string]Measured{}}
		for _, row := range f.rows {
			if g := rows[row]; g != nil {
				if m := f.measure(g); m.Of > 0 {
					l.By[row] = m
				}
			}
		}
		r.Lines = append(r.Lines, l)
	}
	r.shapes(rows, training)
	r.tests(rows)
	if g := rows[Model]; g != nil {
		r.Rejected, r.Missing = rejected(g), missing(g.evaluated())
	}
	if g := rows[Random]; g != nil {
		r.Unplaced = missing(g.evaluated())
	}
	for _, p := range pockets {
		if p.Asked == 0 {
			r.Empty++
			continue
		}
		r.Pockets = append(r.Pockets, lineOf(p))
		if p.Seconds > 0 {
			r.Sampled, r.Seconds = r.Sampled+p.Asked, r.Seconds+p.Seconds
		}
	}
	return r
}

// shapes compares ring sizes, bonds and angles.
func (r *Report) shapes(rows map[string]*group, training *Training) {
	profiles := map[string]*evaluate.Profile{}
	for row, g := range rows {
		var mols []*chem.Molecule
		for _, e := range g.evaluated() {
			mols = append(mols, e.Molecule)
		}
		profiles[row] = evaluate.NewProfile(mols)
	}
	for bin := range evaluate.RingNames() {
		l := RingLine{evaluate.RingNames()[bin], map[string]Measured{}}
		for _, row := range whole {
			if p := profiles[row]; p != nil {
				all := 0.0
				for _, n := range p.Rings {
					all += n
				}
				if all > 0 {
					l.By[row] = share(int(p.Rings[bin]), int(all))
				}
			}
		}
		r.Rings = append(r.Rings, l)
	}
	against := profiles[Reference]
	if r.Against = Reference; training != nil && training.Shape != nil {
		r.Against, against = Trained, training.Shape
	}
	for _, row := range []string{Model, Relaxed} {
		if p := profiles[row]; p != nil && against != nil {
			r.Geometry[row] = p.Compare(against)
		}
		if p := profiles[row]; p != nil && profiles[Trained] != nil {
			r.RingSizes[row] = p.RingDistance(profiles[Trained])
		}
	}
}

// PocketLine is a pocket in brief.
type PocketLine struct {
	Name      string
	Asked     int
	Connected int     // valid molecules in one piece
	Atoms     float64 // mean heavy atoms of these
	Low, High int     // the least and the most heavy atoms; 0 of none
	VinaScore float64 // median, kcal/mol
	VinaMin   float64 // median
	Random    float64 // median of the minimum from random places
	Reference float64 // the reference ligand's minimum
	RefAtoms  int
	Seconds   float64
}

func lineOf(p Pocket) PocketLine {
	g := &group{pockets: []part{{p.Molecules, p.Asked}}}
	list := g.evaluated()
	l := PocketLine{Name: p.Name, Asked: p.Asked, Connected: len(list), Seconds: p.Seconds,
		Reference: p.Reference.Score.VinaMin, RefAtoms: len(p.Reference.Molecule.Atoms),
		VinaScore: median(known(g, scored(vinaScore))), VinaMin: median(known(g, scored(vinaMin))),
		Random: median(known(&group{pockets: []part{{entries: p.Random}}}, scored(vinaMin)))}
	var sizes []float64
	l.Low = math.MaxInt
	for _, e := range list {
		n := len(e.Molecule.Atoms)
		sizes = append(sizes, float64(n))
		l.Low, l.High = min(l.Low, n), max(l.High, n)
	}
	if len(list) == 0 {
		l.Low = 0
	}
	l.Atoms = mean(sizes)
	return l
}

// sizes writes the pocket's heavy atoms as from-to.
func (l PocketLine) sizes() string {
	if l.Connected == 0 {
		return "-"
	}
	return strconv.Itoa(l.Low) + "-" + strconv.Itoa(l.High)
}

// sorted are the keys of counts, the largest first, equal ones by name.
func sorted(counts map[string]int) (list []Reason) {
	for reason, n := range counts {
		list = append(list, Reason{Reason: reason, Count: n})
	}
	slices.SortFunc(list, func(a, b Reason) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Reason < b.Reason {
			return -1
		}
		return 1
	})
	return list
}
