package quality

import (
	"fmt"
	"math"
	"os"
	"slices"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
)

// Training is what the model has learnt from, as far as it is compared with.
type Training struct {
	Keys    map[string]bool   // chem.Molecule.Key of every molecule
	Sample  []evaluate.Entry  // some of them, evenly spaced in their files; their scores are the caller's to fill
	Shape   *evaluate.Profile // of those of the sample that have poses; nil where none has
	Records int               // molecules read
	Bad     int               // records that cannot be read
}

// ReadTraining reads the files of a training set: SMILES one a line, SDF, or complexes as of Unpack (.tar.gz), of which the ligands count. All molecules
// count for novelty, and at most so many of each file for all else.
func ReadTraining(files []string, most int) (*Training, error) {
	t := &Training{Keys: map[string]bool{}}
	var posed []*chem.Molecule
	for _, path := range files {
		mols, bad, err := readTraining(path)
		if err != nil {
			return nil, err
		}
		t.Records, t.Bad = t.Records+len(mols), t.Bad+bad
		for i := range mols {
			mols[i] = mols[i].HeavyOnly()
			t.Keys[mols[i].Key()] = true
		}
		for _, i := range spaced(len(mols), most) {
			t.Sample = append(t.Sample, evaluate.Entry{Molecule: mols[i], Score: Unscored(mols[i])})
			if hasPoses(path) {
				posed = append(posed, mols[i])
			}
		}
	}
	if len(posed) > 0 {
		t.Shape = evaluate.NewProfile(posed)
	}
	return t, nil
}

// hasPoses reports whether a file's molecules have positions.
func hasPoses(path string) bool { return chem.IsSDF(path) || IsComplexes(path) }

func readTraining(path string) (mols []*chem.Molecule, bad int, err error) {
	if !IsComplexes(path) {
		mols, unread, err := chem.ReadMolecules(path)
		return mols, len(unread), err
	}
	dir, err := os.MkdirTemp("", "keel-training-")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	if err := Unpack(path, 0, dir); err != nil {
		return nil, 0, err
	}
	pockets, unfit, err := evaluate.FindPockets(dir, "")
	if err != nil {
		return nil, 0, &chem.InputError{File: path, Problem: "no complexes in it", Hint: "expected <id>/pocket.pdb and <id>/ligand.sdf"}
	}
	bad = len(unfit)
	for _, p := range pockets {
		m, err := chem.ReadLigand(p.Ligand)
		if err != nil {
			bad++
			continue
		}
		mols = append(mols, m)
	}
	if len(mols) == 0 {
		return nil, 0, &chem.InputError{File: path, Problem: fmt.Sprintf("none of its %d ligands can be read", bad)}
	}
	return mols, bad, nil
}

// spaced are at most so many of the numbers below n, evenly spaced: a file may be in an order.
func spaced(n, most int) (list []int) {
	if n <= most {
		most = n
	}
	for i := range most {
		list = append(list, i*n/most)
	}
	return list
}

// Spaced are at most so many molecules of the sample, evenly spaced, for figures that do not depend on the pose, and their places in it.
func (t *Training) Spaced(most int) (mols []*chem.Molecule, at []int) {
	at = spaced(len(t.Sample), most)
	for _, i := range at {
		mols = append(mols, placed(t.Sample[i].Molecule))
	}
	return mols, at
}

// placed gives places on a helix to the atoms of a molecule that has none: RDKit does not read a sulfone whose atoms are all at one.
func placed(m *chem.Molecule) *chem.Molecule {
	if slices.ContainsFunc(m.Atoms, func(a chem.Atom) bool { return a.Pos != (chem.Vec{}) }) {
		return m
	}
	c := &chem.Molecule{Name: m.Name, Bonds: m.Bonds, Atoms: slices.Clone(m.Atoms)}
	for i := range c.Atoms {
		sin, cos := math.Sincos(float64(i))
		c.Atoms[i].Pos = chem.Vec{3 * cos, 3 * sin, 0.7 * float64(i)}
	}
	return c
}

// SetScores gives scores to the molecules at these places of the sample. That they are whole stays as it was read.
func (t *Training) SetScores(at []int, scores []oracle.Score) {
	for k, i := range at {
		s := scores[k]
		s.Valid, s.Connected = t.Sample[i].Score.Valid, t.Sample[i].Score.Connected
		t.Sample[i].Score = s
	}
}
