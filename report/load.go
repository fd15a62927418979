package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"keel/run"
)

// Load reads the run folder dir. Files that are not there yet leave their part out of the page; a file that is there but cannot be read is an error.
func Load(dir string) (*Input, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("report: %s is no folder: give a run's folder", dir)
	}
	in := &Input{Title: filepath.Base(absolute)}
	found := 0
	var beforeSDF, afterSDF string
	for name, to := range map[string]*string{
		"pocket.pdb": &in.Pocket, "before.sdf": &beforeSDF, "molecules.sdf": &afterSDF, "reference.sdf": &in.RefSDF, "molecules.csv": &in.CSV,
		"designs.sdf": &in.DesignsSDF, "designs.csv": &in.DesignsCSV,
	} {
		text, err := readIfThere(dir, name)
		if err != nil {
			return nil, err
		}
		*to = string(text)
		found += len(text)
	}
	if in.Before, in.After, in.Designs, err = loadSets(dir); err != nil {
		return nil, err
	}
	found += len(in.Before) + len(in.After) + len(in.Designs)
	if len(in.After) == 0 && in.CSV != "" { // as keel sample and keel score leave it
		if in.After, err = parseTable([]byte(in.CSV)); err != nil {
			return nil, fmt.Errorf("report: %s is no table of molecules: %w", filepath.Join(dir, "molecules.csv"), err)
		}
	}
	in.Before, in.After = withPoses(in.Before, beforeSDF, "before"), withPoses(in.After, afterSDF, "after")
	if in.Samples, err = loadSamples(dir); err != nil {
		return nil, err
	}
	if in.Reference, err = loadReference(dir); err != nil {
		return nil, err
	}
	if records := splitSDF(in.RefSDF); in.Reference != nil && len(records) > 0 {
		in.Reference.SDF = records[0].text
	}
	if err := in.loadTuning(dir, absolute, &found); err != nil {
		return nil, err
	}
	if in.Pockets, err = loadPockets(dir); err != nil {
		return nil, err
	}
	if found == 0 && len(in.Metrics) == 0 && in.Summary == nil && len(in.Samples) == 0 {
		return nil, fmt.Errorf("report: %s holds no run: there is no %s, molecules.sdf or %s", dir, run.ConfigFile, run.MetricsFile)
	}
	in.choice = in.choose()
	return in, loadSamplePoses(dir, in.choice.shown)
}

// loadTuning reads the configuration, the metrics and the summary. A pocket's folder in a run over several has the run's, but for what is said of molecules:
// that is of all pockets together.
func (in *Input) loadTuning(dir, absolute string, found *int) error {
	root := filepath.Dir(filepath.Dir(absolute))
	in.ofPocket = filepath.Base(filepath.Dir(absolute)) == pocketsFolder && !isThere(dir, run.ConfigFile) && isThere(root, run.ConfigFile)
	if in.ofPocket {
		in.Title = filepath.Base(root) + ", " + in.Title
		dir = root
	}
	config, err := readIfThere(dir, run.ConfigFile)
	if err != nil {
		return err
	}
	in.Config = string(config)
	*found += len(config)
	if in.Metrics, err = run.ReadMetrics(dir); err != nil {
		return err
	}
	if in.ofPocket {
		in.lack("The figures before and after of the summary and the metrics' curves of molecules are of all pockets together: keel report %s. Training, cost and configuration here are the whole run's.", root)
		for _, r := range in.Metrics {
			maps.DeleteFunc(r.Values, func(key string, _ float64) bool {
				return groupOf(strings.TrimSuffix(strings.TrimSuffix(key, "_mean"), "_std")) <= groupSamples && key != "reward_calls"
			})
		}
		return nil
	}
	summary, err := run.ReadSummary(dir)
	if err == nil {
		in.Summary = &summary
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// pocketsFolder holds a folder for each pocket of a run over several.
const pocketsFolder = "pockets"

func isThere(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// withPoses files molecules under a set and gives them their poses, by name. Of no molecules, the poses are molecules that nobody has scored yet.
func withPoses(list []Molecule, sdf, set string) []Molecule {
	if len(list) == 0 {
		for _, r := range splitSDF(sdf) {
			m := newMolecule()
			m.Name = r.name
			list = append(list, m)
		}
	}
	poses := posesByName(sdf)
	for i := range list {
		list[i].Set, list[i].SDF = set, poses[list[i].Name]
	}
	return list
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

// loadSets reads the molecules of a folder, with what the tables beside their lists say of them.
func loadSets(dir string) (before, after, designs []Molecule, err error) {
	for _, set := range []struct {
		list, table string
		to          *[]Molecule
	}{{"before.json", "before.csv", &before}, {"after.json", "molecules.csv", &after}, {"designs.json", "designs.csv", &designs}} {
		if *set.to, err = loadMolecules(dir, set.list); err != nil {
			return nil, nil, nil, err
		}
		if err = completeFrom(dir, set.table, *set.to); err != nil {
			return nil, nil, nil, err
		}
	}
	return before, after, designs, nil
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

// completeFrom gives molecules what the table beside their list says of them and the list does not: what they earn.
func completeFrom(dir, name string, list []Molecule) error {
	text, err := readIfThere(dir, name)
	if err != nil || text == nil || len(list) == 0 {
		return err
	}
	rows, err := parseTable(text)
	if err != nil {
		return fmt.Errorf("report: %s is no table of molecules: %w", filepath.Join(dir, name), err)
	}
	if len(rows) != len(list) {
		return fmt.Errorf("report: %s has %d molecules where the list beside it has %d: one of them was changed", filepath.Join(dir, name), len(rows), len(list))
	}
	for i := range list {
		addMissing(list[i].Values, rows[i].Values)
		addMissing(list[i].Texts, rows[i].Texts)
	}
	return nil
}

func addMissing[V any](to, from map[string]V) {
	for key, v := range from {
		if _, ok := to[key]; !ok {
			to[key] = v
		}
	}
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
