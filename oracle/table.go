package oracle

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"keel/chem"
)

// column is one column of the score table: how a score writes it and reads it back.
type column struct {
	name  string
	write func(*Score) string
	read  func(*Score, string) error
}

// columns are the fields of the JSON form, in its order, without the pose and the picture.
var columns = []column{
	text("name", func(s *Score) *string { return &s.Name }),
	text("smiles", func(s *Score) *string { return &s.SMILES }),
	number("vina_score", func(s *Score) *float64 { return &s.VinaScore }),
	number("vina_min", func(s *Score) *float64 { return &s.VinaMin }),
	number("vina_dock", func(s *Score) *float64 { return &s.VinaDock }),
	number("qed", func(s *Score) *float64 { return &s.QED }),
	number("sa", func(s *Score) *float64 { return &s.SA }),
	number("logp", func(s *Score) *float64 { return &s.LogP }),
	{"atoms", func(s *Score) string { return strconv.Itoa(s.Atoms) },
		func(s *Score, cell string) (err error) { s.Atoms, err = strconv.Atoi(cell); return err }},
	number("strain", func(s *Score) *float64 { return &s.Strain }),
	number("clashes", func(s *Score) *float64 { return &s.Clashes }),
	{"pb_valid", writePBValid, readPBValid},
	text("error", func(s *Score) *string { return &s.Error }),
	flag("valid", func(s *Score) *bool { return &s.Valid }),
	flag("connected", func(s *Score) *bool { return &s.Connected }),
}

func text(name string, at func(*Score) *string) column {
	return column{name, func(s *Score) string { return *at(s) }, func(s *Score, cell string) error { *at(s) = cell; return nil }}
}

func number(name string, at func(*Score) *float64) column {
	write := func(s *Score) string {
		if orNull(*at(s)) == nil {
			return ""
		}
		return strconv.FormatFloat(*at(s), 'g', -1, 64)
	}
	read := func(s *Score, cell string) (err error) {
		*at(s) = math.NaN()
		if cell != "" {
			*at(s), err = strconv.ParseFloat(cell, 64)
		}
		return err
	}
	return column{name, write, read}
}

func flag(name string, at func(*Score) *bool) column {
	return column{name, func(s *Score) string { return strconv.FormatBool(*at(s)) },
		func(s *Score, cell string) (err error) { *at(s), err = strconv.ParseBool(cell); return err }}
}

func writePBValid(s *Score) string {
	if s.PBValid == nil {
		return ""
	}
	return strconv.FormatBool(*s.PBValid)
}

func readPBValid(s *Score, cell string) error {
	if cell == "" {
		return nil
	}
	ok, err := strconv.ParseBool(cell)
	s.PBValid = &ok
	return err
}

// WriteCSV writes the score table: a header, then one row for each molecule; what is NaN stays empty.
func WriteCSV(w io.Writer, scores []Score) error {
	out := csv.NewWriter(w)
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.name
	}
	out.Write(row) // the writer keeps its first error for Error
	for i := range scores {
		for k, c := range columns {
			row[k] = c.write(&scores[i])
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
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
	known := make([]*column, len(header))
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

// WriteJSON writes {"molecules": [...]}, the form of `keel score --json`.
func WriteJSON(w io.Writer, scores []Score) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(struct {
		Molecules []Score `json:"molecules"`
	}{append([]Score{}, scores...)})
}
