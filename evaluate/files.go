package evaluate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"keel/oracle"
)

// WriteCSV writes the table with a row a line: name, counts, every column by its key (fractions as fractions), protocol and source. What is not
// known is empty.
func WriteCSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	head := []string{"name", "pockets", "asked", "readable", "valid_molecules", "connected_molecules", "scored", "docked"}
	for _, c := range Columns {
		head = append(head, c.Key)
	}
	out.Write(append(head, "protocol", "source")) // the writer keeps its first error for Error
	for _, row := range r.Rows {
		n := row.Counts
		line := []string{row.Name}
		for _, v := range []int{n.Pockets, n.Asked, n.Readable, n.Valid, n.Connected, n.Scored, n.Docked} {
			line = append(line, strconv.Itoa(v))
		}
		for _, c := range Columns {
			line = append(line, number(row.Figures[c.Key].Value))
		}
		out.Write(append(line, "this run", "this run"))
	}
	for _, p := range r.Published {
		line := []string{p.Name, "", "", "", "", "", "", ""}
		for _, c := range Columns {
			v, ok := p.Figures[c.Key]
			if !ok {
				v = math.NaN()
			}
			line = append(line, number(v))
		}
		out.Write(append(line, p.Protocol, p.Source))
	}
	out.Flush()
	return out.Error()
}

// WriteSpread writes one line for each row and column: the figure and its spread over pockets.
func WriteSpread(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	out.Write([]string{"name", "column", "per", "value", "pocket_mean", "pocket_sd", "low_95", "high_95", "values", "pockets"})
	for _, row := range r.Rows {
		for _, c := range Columns {
			f := row.Figures[c.Key]
			out.Write([]string{row.Name, c.Key, c.PerUnit, number(f.Value), number(f.PocketMean), number(f.SD), number(f.Low), number(f.High),
				strconv.Itoa(f.N), strconv.Itoa(f.Pockets)})
		}
	}
	out.Flush()
	return out.Error()
}

// WriteMolecules writes the score table of all molecules, after columns of the pocket and of whether it is the reference ligand.
func WriteMolecules(w io.Writer, r *Report) error {
	var scores []oracle.Score
	var lead [][]string
	for _, t := range r.Targets {
		scores, lead = append(scores, t.Reference.Score), append(lead, []string{t.Name, "true"})
		for _, e := range t.Molecules {
			scores, lead = append(scores, e.Score), append(lead, []string{t.Name, "false"})
		}
	}
	var table bytes.Buffer
	if err := oracle.WriteCSV(&table, scores); err != nil {
		return err
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Write(append([]string{"pocket", "reference"}, rows[0]...))
	for i, row := range rows[1:] {
		out.Write(append(lead[i], row...))
	}
	out.Flush()
	return out.Error()
}

func number(v float64) string {
	if !finite(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// WriteJSON writes the report; docs/evaluation.md documents the fields. What is not known is null.
func WriteJSON(w io.Writer, r *Report) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(r)
}

// MarshalJSON writes null for NaN.
func (f Figure) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value      *float64 `json:"value"`
		PocketMean *float64 `json:"pocket_mean"`
		SD         *float64 `json:"pocket_sd"`
		Low        *float64 `json:"low_95"`
		High       *float64 `json:"high_95"`
		N          int      `json:"values"`
		Pockets    int      `json:"pockets"`
	}{orNull(f.Value), orNull(f.PocketMean), orNull(f.SD), orNull(f.Low), orNull(f.High), f.N, f.Pockets})
}

func orNull(v float64) *float64 {
	if !finite(v) {
		return nil
	}
	return &v
}

// MarshalJSON writes the row with its distances by kind and the share of molecules that have a ring of each size.
func (r Row) MarshalJSON() ([]byte, error) {
	rings := map[string]*float64{}
	for i, n := range r.Shape.WithRing {
		rings[ringName(i)] = orNull(n / float64(r.Shape.Molecules))
	}
	return json.Marshal(struct {
		Name        string               `json:"name"`
		Counts      Counts               `json:"counts"`
		Figures     map[string]Figure    `json:"figures"`
		Failures    []Failure            `json:"failures"`
		WithRing    map[string]*float64  `json:"with_ring"`
		ToReference map[string]*kindsOut `json:"js_to_references,omitempty"`
		ToTraining  map[string]*kindsOut `json:"js_to_training,omitempty"`
	}{r.Name, r.Counts, r.Figures, r.Failures, rings, byKind(r.Reference), byKind(r.Training)})
}

// ringName names a bin of ring sizes.
func ringName(bin int) string {
	if size := bin + smallestRing; size < largestRing {
		return strconv.Itoa(size)
	}
	return strconv.Itoa(largestRing) + "+"
}

// RingNames are the names of the sizes that Profile.Rings counts, in its order.
func RingNames() (names []string) {
	for bin := range ringBins {
		names = append(names, ringName(bin))
	}
	return names
}

// kindsOut are distances by kind.
type kindsOut map[string]*float64

func byKind(d *Distances) map[string]*kindsOut {
	if d == nil {
		return nil
	}
	null := func(by map[string]float64) *kindsOut {
		out := kindsOut{}
		for kind, v := range by {
			out[kind] = orNull(v)
		}
		return &out
	}
	return map[string]*kindsOut{"lengths": null(d.Lengths), "angles": null(d.Angles)}
}

// MarshalJSON writes the report's parts, and of each pocket its medians in brief.
func (r *Report) MarshalJSON() ([]byte, error) {
	type publishedOut struct {
		Name     string             `json:"name"`
		Figures  map[string]float64 `json:"figures"`
		Protocol string             `json:"protocol"`
		Source   string             `json:"source"`
	}
	published := []publishedOut{}
	for _, p := range r.Published {
		published = append(published, publishedOut(p))
	}
	pockets := []pocketOut{}
	for _, t := range r.Targets {
		pockets = append(pockets, t.brief())
	}
	return json.Marshal(struct {
		Protocol  Protocol       `json:"protocol"`
		Rows      []Row          `json:"rows"`
		Published []publishedOut `json:"published"`
		Pockets   []pocketOut    `json:"pockets"`
		LeftOut   []string       `json:"left_out"`
	}{r.Protocol, r.Rows, published, pockets, append([]string{}, r.LeftOut...)})
}

// pocketOut is a pocket in brief.
type pocketOut struct {
	Name      string       `json:"name"`
	Reference oracle.Score `json:"reference"`
	Counts    Counts       `json:"counts"`
	VinaScore *float64     `json:"vina_score_median"`
	VinaMin   *float64     `json:"vina_min_median"`
	VinaDock  *float64     `json:"vina_dock_median"`
	High      *float64     `json:"high_affinity"`
}

func (t *Target) brief() pocketOut {
	v := view{entries: t.Molecules, asked: t.Asked, reference: t.Reference}
	middle := func(of func(*oracle.Score) float64) *float64 { return orNull(median(scores(of)(v))) }
	reference := t.Reference.Score
	reference.Fingerprint = nil // 2048 bits are for the diversity alone
	return pocketOut{t.Name, reference, count([]view{v}), middle(vinaScore), middle(vinaMin), middle(vinaDock), orNull(mean(highAffinity(v)))}
}
