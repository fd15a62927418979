package evaluate

import (
	"maps"
	"math"
	"slices"
	"strings"

	"keel/chem"
)

// Figure is a column's figure for one row. What is not known is NaN, null in JSON; never 0.
type Figure struct {
	Value      float64 // of the values of all pockets pooled, as the field's tables have it; see Column.PerUnit
	PocketMean float64 // mean over pockets of the pockets' own figures
	SD         float64 // sample standard deviation over pockets of the pockets' own figures; NaN for distances
	Low, High  float64 // 95 % interval of Value over pockets
	N          int     // values it is of
	Pockets    int     // pockets that have such values
}

// Row is one line of the table.
type Row struct {
	Name      string
	ByVina    bool // the figures are AutoDock Vina's own, of the molecules of the row before
	Counts    Counts
	Figures   map[string]Figure // by Column.Key
	Failures  []Failure         // what is missing of molecules, most frequent first
	Shape     *Profile          // of the molecules evaluated
	Reference *Distances        // of Shape to the reference ligands'; nil in their own row
	Training  *Distances        // of Shape to the training set's; nil without one
}

// Counts are numbers of molecules, each a part of the one before it but for Docked, which is a part of Connected.
type Counts struct {
	Pockets   int `json:"pockets"`   // that have molecules of this row
	Empty     int `json:"empty"`     // pockets that have none
	Asked     int `json:"asked"`     // for
	Readable  int `json:"readable"`  // records of the files
	Valid     int `json:"valid"`     // RDKit sanitises them
	Connected int `json:"connected"` // and they are one fragment: these are evaluated
	Scored    int `json:"scored"`    // of these have a Vina Score
	Docked    int `json:"docked"`    // of these have a Vina Dock
}

// Failure is a reason why something of a molecule is missing.
type Failure struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Options says how to make the table.
type Options struct {
	Name      string       // of the row of generated molecules
	Training  *TrainingSet // nil: no novelty and no distances to it
	Seed      uint64       // of the intervals
	CheckVina bool         // rows of AutoDock Vina's own figures, which the scores have, beside Keel's
}

// Tabulate makes the rows: the reference ligands', and, if there are any, the molecules'.
func Tabulate(targets []Target, opt Options) []Row {
	references, generated := make([]view, len(targets)), make([]view, len(targets))
	have := false
	for i, t := range targets {
		references[i] = view{entries: []Entry{t.Reference}, asked: 1, reference: t.Reference}
		generated[i] = view{entries: t.Molecules, asked: t.Asked, reference: t.Reference}
		if opt.Training != nil {
			references[i].training, generated[i].training = opt.Training.Keys, opt.Training.Keys
		}
		have = have || t.Asked > 0
	}
	var rows []Row
	add := func(name string, pockets, references []view) {
		rows = append(rows, newRow(name, pockets, references, opt))
		if opt.CheckVina {
			row := newRow(name+", by Vina itself", byVinaItself(pockets), references, opt)
			row.ByVina = true
			rows = append(rows, row)
		}
	}
	add("Reference", references, nil)
	if have {
		add(opt.Name, generated, references)
	}
	return rows
}

// byVinaItself puts AutoDock Vina's own score and minimum in the place of Keel's.
func byVinaItself(pockets []view) (theirs []view) {
	for _, v := range pockets {
		v.entries = slices.Clone(v.entries)
		for i := range v.entries {
			s := &v.entries[i].Score
			s.VinaScore, s.VinaMin = s.VinaScoreReference, s.VinaMinReference
		}
		theirs = append(theirs, v)
	}
	return theirs
}

// newRow makes a row of what the pockets hold; references is nil in the reference ligands' own.
func newRow(name string, pockets, references []view, opt Options) Row {
	r := Row{Name: name, Counts: count(pockets), Failures: failures(pockets), Figures: map[string]Figure{}}
	shapes := profiles(pockets)
	r.Shape = total(shapes)
	var toReference, toTraining comparison
	if references != nil {
		toReference = comparison{r.Shape, shapes, nil, profiles(references)}
		toReference.other = total(toReference.others)
		d := r.Shape.To(toReference.other)
		r.Reference = &d
	}
	if opt.Training != nil && opt.Training.Shape != nil {
		toTraining = comparison{r.Shape, shapes, opt.Training.Shape, nil}
		d := r.Shape.To(opt.Training.Shape)
		r.Training = &d
	}
	for _, c := range Columns {
		switch {
		case c.training && opt.Training == nil, references == nil && !c.reference:
			r.Figures[c.Key] = unknown()
		case c.values != nil:
			r.Figures[c.Key] = c.pooled(pockets, opt.Seed)
		case c.training:
			r.Figures[c.Key] = c.compared(toTraining)
		default:
			r.Figures[c.Key] = c.compared(toReference)
		}
	}
	return r
}

func unknown() Figure {
	nan := math.NaN()
	return Figure{Value: nan, PocketMean: nan, SD: nan, Low: nan, High: nan}
}

// pooled is a figure over the values of all pockets.
func (c *Column) pooled(pockets []view, seed uint64) Figure {
	f := unknown()
	var groups [][]float64
	var own, pool []float64
	for _, v := range pockets {
		if values := c.values(v); len(values) > 0 {
			groups, own, pool = append(groups, values), append(own, c.statistic(values)), append(pool, values...)
		}
	}
	if f.N, f.Pockets = len(pool), len(groups); f.N == 0 {
		return f
	}
	f.Value, f.PocketMean, f.SD = c.statistic(pool), mean(own), deviation(own)
	f.Low, f.High = bootstrap(groups, c.statistic, seed)
	return f
}

// comparison is of one profile with another, each the sum of its pockets', or with one that is not of pockets.
type comparison struct {
	own    *Profile
	shapes []*Profile // of own
	other  *Profile
	others []*Profile // of other; nil where it is not of pockets
}

// compared is a distance, with its interval over pockets.
func (c *Column) compared(by comparison) Figure {
	f := unknown()
	if by.own == nil || by.other == nil {
		return f
	}
	if f.Value = c.distance(by.own.To(by.other)); !finite(f.Value) {
		return f
	}
	var in []int
	for i, p := range by.shapes {
		if p.Molecules > 0 {
			in = append(in, i)
		}
	}
	f.N, f.Pockets = by.own.Molecules, len(in)
	f.Low, f.High = jackknife(f.Value, len(in), func(k int) float64 {
		own, other := less(by.own, by.shapes[in[k]]), by.other
		if by.others != nil {
			other = less(by.other, by.others[in[k]])
		}
		return c.distance(own.To(other))
	})
	f.Low = max(f.Low, 0)
	return f
}

func profiles(pockets []view) []*Profile {
	list := make([]*Profile, len(pockets))
	for i, v := range pockets {
		var mols []*chem.Molecule
		for _, e := range v.entries {
			if e.Evaluated() {
				mols = append(mols, e.Molecule)
			}
		}
		list[i] = NewProfile(mols)
	}
	return list
}

func total(list []*Profile) *Profile {
	all := emptyProfile()
	for _, p := range list {
		all.add(p, 1)
	}
	return all
}

// less is all without a part of it.
func less(all, part *Profile) *Profile {
	left := emptyProfile()
	left.add(all, 1)
	left.add(part, -1)
	return left
}

func count(pockets []view) (c Counts) {
	for _, v := range pockets {
		if v.asked == 0 {
			c.Empty++
			continue
		}
		c.Pockets++
		c.Asked += v.asked
		c.Readable += len(v.entries)
		for _, e := range v.entries {
			if e.Score.Valid {
				c.Valid++
			}
			if e.Evaluated() {
				c.Connected++
				c.Scored += int(oneIf(finite(e.Score.VinaScore)))
				c.Docked += int(oneIf(finite(e.Score.VinaDock)))
			}
		}
	}
	return c
}

// failures counts what is missing, and why, without the details of single molecules: records that cannot be read or were never written, and
// what the scores say.
func failures(pockets []view) []Failure {
	reasons := map[string]int{}
	for _, v := range pockets {
		if lost := v.asked - len(v.entries); lost > 0 {
			reasons["no readable record"] += lost
		}
		for _, e := range v.entries {
			for _, text := range strings.Split(e.Score.Error, "; ") {
				if reason, _, _ := strings.Cut(text, ": "); reason != "" {
					reasons[reason]++
				}
			}
		}
	}
	list := make([]Failure, 0, len(reasons))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		list = append(list, Failure{reason, reasons[reason]})
	}
	slices.SortStableFunc(list, func(a, b Failure) int { return b.Count - a.Count })
	return list
}
