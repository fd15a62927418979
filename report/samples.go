package report

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// samplesFolder holds a table and the poses of every iteration, as docs/runs.md says.
const samplesFolder = "samples"

// loadSamples reads the tables of all iterations, in their order. Poses are read later, of the molecules that the page shows.
func loadSamples(dir string) ([]Molecule, error) {
	paths, err := filepath.Glob(filepath.Join(dir, samplesFolder, "step-*.csv"))
	if err != nil {
		return nil, err
	}
	var all []Molecule
	for _, path := range paths {
		step, err := stepOf(path)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		list, err := parseTable(text)
		if err != nil {
			return nil, fmt.Errorf("report: %s is no table of molecules: %w", path, err)
		}
		for i := range list {
			list[i].Set, list[i].Step = "tuning", step
			delete(list[i].Values, "step")
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b Molecule) int { return a.Step - b.Step })
	return all, nil
}

func stepOf(path string) (int, error) {
	name := strings.TrimSuffix(filepath.Base(path), ".csv")
	step, err := strconv.Atoi(strings.TrimPrefix(name, "step-"))
	if err != nil {
		return 0, fmt.Errorf("report: %s: expected a name like step-000012.csv", path)
	}
	return step, nil
}

// textColumns are those of a score table whose cells are texts, also where they look like numbers.
var textColumns = []string{"name", "smiles", "error", "alert_names", "ring_sizes", "interactions", "pb_failed", "reward_error"}

// parseTable reads a score table as CSV.
func parseTable(text []byte) ([]Molecule, error) {
	in := csv.NewReader(bytes.NewReader(text))
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	var list []Molecule
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		m := newMolecule()
		for i, cell := range row {
			if err := m.setCell(header[i], cell); err != nil {
				line, _ := in.FieldPos(i)
				return nil, fmt.Errorf("line %d: %s is %q, expected a number", line, header[i], cell)
			}
		}
		list = append(list, m)
	}
}

func (m *Molecule) setCell(column, cell string) error {
	switch {
	case cell == "":
	case slices.Contains(textColumns, column):
		m.setText(column, cell)
	case cell == "true" || cell == "false":
		m.set(column, cell == "true")
	default:
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil && isFigure(column) {
			return err
		}
		if err != nil { // a column of somebody's own
			m.setText(column, cell)
			return nil
		}
		m.set(column, v)
	}
	return nil
}

func isFigure(column string) bool {
	_, ok := component(column)
	return ok || slices.ContainsFunc(quantities, func(q quantity) bool { return q.key == column })
}

// loadSamplePoses gives the molecules of iterations their poses; a file that is not there leaves them without.
func loadSamplePoses(dir string, mols []*Molecule) error {
	byStep := map[int]map[string]string{}
	for _, m := range mols {
		if m.Set != "tuning" {
			continue
		}
		if byStep[m.Step] == nil {
			name := filepath.Join(samplesFolder, fmt.Sprintf("step-%06d.sdf.gz", m.Step))
			packed, err := readIfThere(dir, name)
			if err != nil {
				return err
			}
			text, err := unpack(packed)
			if err != nil {
				return fmt.Errorf("report: %s cannot be unpacked: %w", filepath.Join(dir, name), err)
			}
			byStep[m.Step] = posesByName(string(text))
		}
		m.SDF = byStep[m.Step][m.Name]
	}
	return nil
}

func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
