package evaluate

import (
	"errors"
	"os"
	"strings"

	"keel/chem"
)

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
	var mols []*chem.Molecule
	var err error
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".sdf") {
		mols, t.Bad, err = chem.ReadSDF(path)
	} else {
		mols, t.Bad, err = readSMILES(path)
	}
	if err != nil {
		return nil, err
	}
	if len(mols) == 0 {
		return nil, t.Bad[0]
	}
	for i := range mols {
		mols[i] = mols[i].HeavyOnly()
		t.Keys[mols[i].Key()] = true
	}
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".sdf") {
		t.Shape = NewProfile(mols)
	}
	return t, nil
}

func readSMILES(path string) (mols []*chem.Molecule, bad []error, err error) {
	f, err := os.Open(path)
	if err != nil {
		var cause *os.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, nil, &chem.InputError{File: path, Problem: "cannot open: " + err.Error(), Hint: "check the path"}
	}
	defer f.Close()
	return chem.ReadSMILES(f, path)
}
