package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"keel/run"
)

// FromRun draws the page of the run folder dir to w. Files that are not there yet leave their part out of the page;
// a file that is there but cannot be read is an error.
func FromRun(dir string, w io.Writer) error {
	in, err := load(dir)
	if err != nil {
		return err
	}
	return Write(w, in)
}

func load(dir string) (Input, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return Input{}, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Input{}, fmt.Errorf("report: %s is no folder: give a run's folder", dir)
	}
	in := Input{Title: filepath.Base(absolute)}
	found := 0
	for name, to := range map[string]*string{
		run.ConfigFile: &in.Config, "pocket.pdb": &in.Pocket, "before.sdf": &in.BeforeSDF,
		"molecules.sdf": &in.AfterSDF, "reference.sdf": &in.RefSDF, "molecules.csv": &in.CSV,
	} {
		text, err := readIfThere(dir, name)
		if err != nil {
			return in, err
		}
		*to = string(text)
		found += len(text)
	}
	for name, to := range map[string]*[]Molecule{"before.json": &in.Before, "after.json": &in.After} {
		if *to, err = loadMolecules(dir, name); err != nil {
			return in, err
		}
		found += len(*to)
	}
	if in.Reference, err = loadReference(dir); err != nil {
		return in, err
	}
	if in.Metrics, err = run.ReadMetrics(dir); err != nil {
		return in, err
	}
	summary, err := run.ReadSummary(dir)
	if err == nil {
		in.Summary = &summary
	} else if !errors.Is(err, fs.ErrNotExist) {
		return in, err
	}
	if found == 0 && len(in.Metrics) == 0 && in.Summary == nil {
		return in, fmt.Errorf("report: %s holds no run: there is no %s, molecules.sdf or %s", dir, run.ConfigFile, run.MetricsFile)
	}
	return in, nil
}

func readIfThere(dir, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return text, nil
}

func loadMolecules(dir, name string) ([]Molecule, error) {
	text, err := readIfThere(dir, name)
	if err != nil || text == nil {
		return nil, err
	}
	list, err := parseMolecules(text)
	if err != nil {
		return nil, fmt.Errorf("report: %s is no list of molecules: %w", filepath.Join(dir, name), err)
	}
	return list, nil
}

// loadReference reads reference.json: one molecule, or a list whose first it is.
func loadReference(dir string) (*Molecule, error) {
	const name = "reference.json"
	text, err := readIfThere(dir, name)
	if err != nil || text == nil {
		return nil, err
	}
	if list, err := parseMolecules(text); err == nil && len(list) > 0 {
		return &list[0], nil
	}
	var one Molecule
	if err := one.UnmarshalJSON(bytes.TrimSpace(text)); err != nil {
		return nil, fmt.Errorf("report: %s is no molecule: %w", filepath.Join(dir, name), err)
	}
	return &one, nil
}
