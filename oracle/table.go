package oracle

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"keel/chem"
)

// columnOf is one column of the score table, the same in CSV and JSON. at returns a pointer to the score's field: *string,
// *float64, *int, *bool or **bool; a text that can be missing is a missable.
type columnOf struct {
	name string
	at   func(*Score) any
}

// missable is a text that is null in JSON where it is empty.
type missable struct{ text *string }

// columns are the table, in order. What scripts read comes first; more is added at the end.
var columns = []columnOf{
	{"name", func(s *Score) any { return &s.Name }},
	{"smiles", func(s *Score) any { return missable{&s.SMILES} }},
	{"vina_score", func(s *Score) any { return &s.VinaScore }},
	{"vina_min", func(s *Score) any { return &s.VinaMin }},
	{"vina_dock", func(s *Score) any { return &s.VinaDock }},
	{"qed", func(s *Score) any { return &s.QED }},
	{"sa", func(s *Score) any { return &s.SA }},
	{"logp", func(s *Score) any { return &s.LogP }},
	{"atoms", func(s *Score) any { return &s.Atoms }},
	{"strain", func(s *Score) any { return &s.Strain }},
	{"clashes", func(s *Score) any { return &s.Clashes }},
	{"pb_valid", func(s *Score) any { return &s.PBValid }},
	{"error", func(s *Score) any { return &s.Error }},
	{"valid", func(s *Score) any { return &s.Valid }},
	{"connected", func(s *Score) any { return &s.Connected }},
	{"tpsa", func(s *Score) any { return &s.TPSA }},
	{"weight", func(s *Score) any { return &s.Weight }},
	{"hbd", func(s *Score) any { return &s.HBD }},
	{"hba", func(s *Score) any { return &s.HBA }},
	{"rotatable", func(s *Score) any { return &s.Rotatable }},
	{"lipinski", func(s *Score) any { return &s.Lipinski }},
	{"alerts", func(s *Score) any { return &s.Alerts }},
	{"alert_names", func(s *Score) any { return missable{&s.AlertNames} }},
	{"similarity", func(s *Score) any { return &s.Similarity }},
	{"efficiency", func(s *Score) any { return &s.Efficiency }},
	{"ring_sizes", func(s *Score) any { return missable{&s.RingSizes} }},
	{"interactions", func(s *Score) any { return missable{&s.Interactions} }},
	{"vina_score_reference", func(s *Score) any { return &s.VinaScoreReference }},
	{"vina_min_reference", func(s *Score) any { return &s.VinaMinReference }},
	{"pb_failed", func(s *Score) any { return missable{&s.PBFailed} }},
	{"relax_rmsd", func(s *Score) any { return &s.RelaxRMSD }},
	{"relax_max", func(s *Score) any { return &s.RelaxMax }},
	{"strain_raw", func(s *Score) any { return &s.StrainRaw }},
	{"vina_score_raw", func(s *Score) any { return &s.VinaScoreRaw }},
	{"quick_dock", func(s *Score) any { return &s.QuickDock }},
}

// write returns the score's cell in CSV; what is missing is empty.
func (c columnOf) write(s *Score) string {
	switch v := c.at(s).(type) {
	case *string:
		return *v
	case missable:
		return *v.text
	case *int:
		return strconv.Itoa(*v)
	case *bool:
		return strconv.FormatBool(*v)
	case **bool:
		if *v != nil {
			return strconv.FormatBool(**v)
		}
	case *float64:
		return formatFigure(*v)
	}
	return ""
}

// read sets the score's field from a cell.
func (c columnOf) read(s *Score, cell string) (err error) {
	switch v := c.at(s).(type) {
	case *string:
		*v = cell
	case missable:
		*v.text = cell
	case *int:
		*v, err = strconv.Atoi(cell)
	case *bool:
		*v, err = strconv.ParseBool(cell)
	case **bool:
		if cell != "" {
			*v = new(bool)
			**v, err = strconv.ParseBool(cell)
		}
	case *float64:
		if *v = math.NaN(); cell != "" {
			*v, err = strconv.ParseFloat(cell, 64)
		}
	}
	return err
}

// Extra is a column beside the score table's own: of figures, NaN standing for what is missing, or of texts, which CSV alone has.
type Extra struct {
	Name   string
	Values []float64 // one for each molecule
	Texts  []string  // in place of them
}

// cell is molecule i's.
func (x Extra) cell(i int) string {
	if x.Texts != nil {
		return x.Texts[i]
	}
	return formatFigure(x.Values[i])
}

// WriteCSV writes the score table: a header, then one row for each molecule; what is missing stays empty. Extra columns come last.
func WriteCSV(w io.Writer, scores []Score, extra ...Extra) error {
	out := csv.NewWriter(w)
	var row []string
	for _, c := range columns {
		row = append(row, c.name)
	}
	for _, x := range extra {
		row = append(row, x.Name)
	}
	out.Write(row) // the writer keeps its first error for Error
	for i := range scores {
		row = row[:0]
		for _, c := range columns {
			row = append(row, c.write(&scores[i]))
		}
		for _, x := range extra {
			row = append(row, x.cell(i))
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

func formatFigure(x float64) string {
	if orNull(x) == nil {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// ReadScores reads a score table as WriteCSV writes it; columns may be in any order, others are passed over, missing ones are
// NaN. name is the file for messages; errors are *chem.InputError where the text is at fault.
func ReadScores(r io.Reader, name string) ([]Score, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err == io.EOF {
		return nil, &chem.InputError{File: name, Problem: "no header line", Hint: "a score table as of `keel score` was expected"}
	}
	if err != nil {
		return nil, csvError(name, err)
	}
	known := make([]*columnOf, len(header))
	for i, title := range header {
		for k := range columns {
			if columns[k].name == title {
				known[i] = &columns[k]
			}
		}
	}
	scores := []Score{}
	for {
		row, err := in.Read()
		if err == io.EOF {
			return scores, nil
		}
		if err != nil {
			return nil, csvError(name, err)
		}
		s := blankScore()
		for i, cell := range row {
			if known[i] == nil {
				continue
			}
			if err := known[i].read(&s, cell); err != nil {
				line, _ := in.FieldPos(i)
				return nil, &chem.InputError{File: name, Line: line, Problem: fmt.Sprintf("%s is %q", header[i], cell)}
			}
		}
		scores = append(scores, s)
	}
}

func csvError(name string, err error) error {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return &chem.InputError{File: name, Line: syntax.Line, Problem: syntax.Err.Error()}
	}
	return fmt.Errorf("%s: %w", name, err)
}
