package evaluate

import "keel/chem"

// TrainingSet is what a model has learnt from, as far as the table needs it.
type TrainingSet struct {
	File  string
	Keys  map[string]bool // chem.Molecule.Key of each molecule
	Shape *Profile        // nil where the file holds no poses
	Bad   []error         // one *chem.InputError for each record that cannot be read
}

// ReadTraining reads a training set: SMILES, one a line, or an SDF file (its name ends in .sdf or .sdf.gz), whose poses
// give geometry to compare with.
func ReadTraining(path string) (*TrainingSet, error) {
	t := &TrainingSet{File: path, Keys: map[string]bool{}}
	mols, bad, err := chem.ReadMolecules(path)
	if err != nil {
		return nil, err
	}
	t.Bad = bad
	for i := range mols {
		mols[i] = mols[i].HeavyOnly()
		t.Keys[mols[i].Key()] = true
	}
	if chem.IsSDF(path) {
		t.Shape = NewProfile(mols)
	}
	return t, nil
}
