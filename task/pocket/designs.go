package pocket

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"keel/chem"
	"keel/oracle"
	"keel/run"
)

// designMetrics is what is said of a design.
const designMetrics = oracle.Table | oracle.Depiction

// perScaffold is how many designs share a scaffold, at most.
const perScaffold = 2

// rewarded is a molecule that the run asked the reward about.
type rewarded struct {
	mol   *chem.Molecule
	merit float64
}

// designs writes each pocket's best molecules of the whole run, in the poses they were rewarded in.
func (t *tuning) designs() (run.Stats, error) {
	return t.tabulate("designs", "designs.json", designMetrics, func(target *Target, _ *oracle.Pool) ([]*chem.Molecule, error) {
		list, err := readRewarded(target.samples)
		return choose(list, t.config.Designs, target.sizes), err
	})
}

// choose takes the n different molecules with the highest merits that have as many atoms as were asked for, and few of a scaffold.
func choose(list []rewarded, n int, sizes Sizes) []*chem.Molecule {
	slices.SortStableFunc(list, func(a, b rewarded) int { return cmp.Compare(b.merit, a.merit) })
	seen, scaffolds := map[string]bool{}, map[string]int{}
	var chosen []*chem.Molecule
	for _, one := range list {
		if len(chosen) == n {
			break
		}
		if atoms := len(one.mol.Atoms); atoms < sizes.Low || atoms > sizes.High {
			continue
		}
		key, scaffold := one.mol.Key(), one.mol.Scaffold().SMILES()
		if seen[key] || scaffolds[scaffold] == perScaffold {
			continue
		}
		seen[key] = true
		scaffolds[scaffold]++
		chosen = append(chosen, one.mol)
	}
	return chosen
}

// readRewarded reads what the iterations left in the folder: molecules in one piece that have a merit.
func readRewarded(folder string) (list []rewarded, err error) {
	tables, err := filepath.Glob(filepath.Join(folder, "step-*.csv"))
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		mols, bad, err := chem.ReadSDF(strings.TrimSuffix(table, ".csv") + ".sdf.gz")
		if err = errors.Join(append(bad, err)...); err != nil {
			return nil, err
		}
		merits, err := readMerits(table)
		if err != nil {
			return nil, err
		}
		if len(merits) != len(mols) {
			return nil, fmt.Errorf("%s has %d molecules and its poses are %d: the run's folder was changed", table, len(merits), len(mols))
		}
		for i, m := range mols {
			if merits[i] == merits[i] {
				list = append(list, rewarded{m, merits[i]})
			}
		}
	}
	return list, nil
}

// readMerits reads the column merit; NaN for what is not valid in one piece.
func readMerits(path string) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s is empty: a table was expected", path)
	}
	merit, valid, connected := slices.Index(rows[0], "merit"), slices.Index(rows[0], "valid"), slices.Index(rows[0], "connected")
	if merit < 0 || valid < 0 || connected < 0 {
		return nil, fmt.Errorf("%s: columns merit, valid and connected are expected", path)
	}
	out := make([]float64, len(rows)-1)
	for i, row := range rows[1:] {
		out[i] = math.NaN()
		if x, err := strconv.ParseFloat(row[merit], 64); err == nil && row[valid] == "true" && row[connected] == "true" {
			out[i] = x
		}
	}
	return out, nil
}
