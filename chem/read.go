package chem

import (
	"io"
	"strings"
)

// ReadMolecules reads an SDF file (its name ends in .sdf or .sdf.gz), else lines of SMILES, whose molecules have no pose. What it
// returns is as of ReadSDF; without one molecule that can be read, the error says so.
func ReadMolecules(path string) (mols []*Molecule, bad []error, err error) {
	if IsSDF(path) {
		mols, bad, err = ReadSDF(path)
	} else {
		err = withFile(path, func(r io.Reader) (err error) { mols, bad, err = ReadSMILES(r, path); return err })
	}
	if err == nil && len(mols) == 0 {
		err = bad[0]
	}
	return mols, bad, err
}

// IsSDF reports whether a file's name says that it holds poses.
func IsSDF(path string) bool { return strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".sdf") }
