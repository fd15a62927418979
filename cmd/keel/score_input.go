package main

import (
	"fmt"
	"io"
	"path/filepath"

	"keel/chem"
	"keel/oracle"
	"keel/reward"
	"keel/run"
)

// readReward reads the section [reward] of a configuration.
func readReward(path string) (*reward.Config, error) {
	file := struct {
		Reward reward.Config `toml:"reward"`
	}{reward.Default()}
	if err := run.LoadConfig(path, &file); err != nil {
		return nil, badInput(err)
	}
	if err := file.Reward.Resolve(filepath.Dir(path)); err != nil {
		return nil, badInputf("%s: %w", path, err)
	}
	return &file.Reward, nil
}

// readMolecules reads the file's heavy-atom molecules, names the nameless by their number, and tells of records that it cannot read.
func readMolecules(path string, stderr io.Writer) ([]*chem.Molecule, error) {
	records, bad, err := chem.ReadSDF(path)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, badInput(bad[0])
	}
	const shown = 3
	tell(stderr, bad[:min(shown, len(bad))])
	if len(bad) > 0 {
		fmt.Fprintf(stderr, "%d of %d records cannot be read and were left out\n", len(bad), len(bad)+len(records))
	}
	var mols []*chem.Molecule
	for i, r := range records {
		m := r.HeavyOnly()
		if m.Name == "" {
			m.Name = fmt.Sprint(i + 1)
		}
		mols = append(mols, m)
	}
	return mols, nil
}

// widest is the longest side of a box that is taken from the molecules themselves, in Å. AutoDock Vina's maps for it take some 200 MB.
const widest = 60.0

func (j *scoreJob) config(mols []*chem.Molecule, stderr io.Writer) (oracle.Config, error) {
	near, box, err := j.place.find()
	if err != nil {
		return oracle.Config{}, err
	}
	if near == nil {
		var all []chem.Vec
		for _, m := range mols {
			near = append(near, m.Centroid())
			all = append(all, m.Positions()...)
		}
		box = chem.BoxOfPoints(all)
		if side := max(box.Size[0], box.Size[1], box.Size[2]); !(side <= widest) {
			fmt.Fprintf(stderr, "the molecules are spread over %.0f Å: each is scored in a box of its own (--ligand or --center gives one for all)\n", side)
			box = chem.Box{}
		}
	}
	r, err := readReceptor(j.receptor, near)
	if err != nil {
		return oracle.Config{}, err
	}
	cfg := oracle.Config{Workers: j.workers, Receptor: r.pdbqt, ReceptorName: j.receptor, Box: box, Protein: r.protein,
		Seed: int64(j.seed), Exhaustiveness: j.exhaustiveness, CacheFile: j.cache}
	if j.earn != nil {
		if err := j.earn.Check(reward.Env{Protein: r.protein}); err != nil {
			return cfg, badInputf("%s: %w", j.rewardFile, err)
		}
		j.earn.Oracle(&cfg)
	}
	if j.references != "" {
		if cfg.References, err = readReferences(j.references, stderr); err != nil {
			return cfg, err
		}
	}
	for _, note := range r.notes {
		fmt.Fprintln(stderr, "receptor:", note)
	}
	cfg.Native = !j.relax && j.earn == nil && j.what&^oracle.Native == 0
	return cfg, nil
}

// readReferences reads the molecules that similarity is measured to.
func readReferences(path string, stderr io.Writer) ([]string, error) {
	set, bad, err := chem.ReadMolecules(path)
	if err != nil {
		return nil, err
	}
	tell(stderr, bad)
	var list []string
	for _, m := range set {
		list = append(list, m.SMILES())
	}
	return list, nil
}
