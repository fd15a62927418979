package pocket

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
	"keel/run"
)

// designMetrics is what is said of a design.
const designMetrics = oracle.Table | oracle.Depiction

const (
	perScaffold = 2   // designs that share a scaffold, at most
	perCore     = 4   // one in so many designs may have the same fused rings: what hangs on a core changes its scaffold, and leaves the idea
	mostAlike   = 0.6 // Tanimoto similarity of two designs' topological fingerprints, at most: scaffolds that differ in where a ring hangs are one idea
)

// printed is how many molecules are asked for fingerprints at once.
const printed = 64

// candidate is a molecule in one piece that the run asked the reward about.
type candidate struct {
	mol   *chem.Molecule
	merit float64
}

// designs writes each pocket's best molecules of the whole run, in the poses they were rewarded in.
func (t *tuning) designs() (run.Stats, error) {
	return t.tabulate("designs", "designs.json", designMetrics, func(target *Target, pool *oracle.Pool) ([]*chem.Molecule, error) {
		list, err := readCandidates(target.samples)
		if err != nil {
			return nil, err
		}
		return choose(list, t.config.Designs, target.sizes, func(mols []*chem.Molecule) ([][]byte, error) {
			scores, err := pool.Score(t.ctx, mols, oracle.Fingerprint, nil)
			prints := make([][]byte, len(scores))
			for i, s := range scores {
				prints[i] = s.Fingerprint
			}
			return prints, err
		})
	})
}

// choose takes the n molecules with the highest merits that have as many atoms as were asked for and are no near relatives of each other: different, few of a scaffold or with the same
// fused rings, and none too similar to one that was taken before. prints gives fingerprints; what has none is like nothing.
func choose(list []candidate, n int, sizes Sizes, prints func([]*chem.Molecule) ([][]byte, error)) (chosen []*chem.Molecule, err error) {
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.merit, a.merit) })
	seen, scaffolds, cores := map[string]bool{}, map[string]int{}, map[string]int{}
	most := (n + perCore - 1) / perCore
	var taken [][]byte
	for chunk := range slices.Chunk(list, printed) {
		if len(chosen) == n {
			break
		}
		var mols []*chem.Molecule
		for _, one := range chunk {
			atoms, key := len(one.mol.Atoms), one.mol.Key()
			if atoms >= sizes.Low && atoms <= sizes.High && !seen[key] {
				seen[key] = true
				mols = append(mols, one.mol)
			}
		}
		known, err := prints(mols)
		if err != nil {
			return nil, err
		}
		for i, m := range mols {
			scaffold := m.Scaffold().SMILES()
			alike := func(other []byte) bool { return evaluate.Tanimoto(known[i], other) > mostAlike }
			own := coreKeys(m)
			again := func(core string) bool { return cores[core] >= most }
			if len(chosen) == n || scaffolds[scaffold] == perScaffold || slices.ContainsFunc(own, again) || slices.ContainsFunc(taken, alike) {
				continue
			}
			scaffolds[scaffold]++
			for _, core := range own {
				cores[core]++
			}
			chosen = append(chosen, m)
			if known[i] != nil {
				taken = append(taken, known[i])
			}
		}
	}
	return chosen, nil
}

// coreKeys are the molecule's fused ring systems, each once, whatever their double bonds: tautomers are one.
func coreKeys(m *chem.Molecule) (keys []string) {
	for _, core := range m.Cores() {
		for i := range core.Bonds {
			core.Bonds[i].Order = 1
		}
		keys = append(keys, core.Key())
	}
	slices.Sort(keys)
	return slices.Compact(keys)
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
