package pocket

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"keel/chem"
	"keel/oracle"
	"keel/run"
)

// designMetrics is what is said of a design.
const designMetrics = oracle.Table | oracle.Depiction

// perScaffold is how many designs share a scaffold, at most.
const perScaffold = 2

// candidate is a molecule in one piece that the run asked the reward about.
type candidate struct {
	mol   *chem.Molecule
	merit float64
}

// designs writes each pocket's best molecules of the whole run, in the poses they were rewarded in.
func (t *tuning) designs() (run.Stats, error) {
	return t.tabulate("designs", "designs.json", designMetrics, func(target *Target, _ *oracle.Pool) ([]*chem.Molecule, error) {
		list, err := readCandidates(target.samples)
		return choose(list, t.config.Designs, target.sizes), err
	})
}

// choose takes the n different molecules with the highest merits that have as many atoms as were asked for, and few of a scaffold.
func choose(list []candidate, n int, sizes Sizes) []*chem.Molecule {
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.merit, a.merit) })
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

// readCandidates reads what the iterations left in the folder: molecules in one piece that have a merit.
func readCandidates(folder string) (list []candidate, err error) {
	tables, err := filepath.Glob(filepath.Join(folder, "step-*.csv"))
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		mols, bad, err := chem.ReadSDF(strings.TrimSuffix(table, ".csv") + ".sdf.gz")
		if err = errors.Join(append(bad, err)...); err != nil {
			return nil, err
		}
		rows, err := ReadRewarded(table)
		if err != nil {
			return nil, err
		}
		if len(rows) != len(mols) {
			return nil, fmt.Errorf("%s has %d molecules and its poses are %d: the run's folder was changed", table, len(rows), len(mols))
		}
		for i, m := range mols {
			if row := rows[i]; row.Whole && row.Merit == row.Merit {
				list = append(list, candidate{m, row.Merit})
			}
		}
	}
	return list, nil
}
