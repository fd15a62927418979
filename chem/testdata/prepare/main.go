// Command prepare writes what Keel makes of every record of an SDF file, one JSON line each, for ligand_compare.py.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"keel/chem"
)

type prepared struct {
	Rings, Atoms, Bonds []int
	Positions           []chem.Vec
	PDBQT, Refused      string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: prepare file.sdf")
		os.Exit(2)
	}
	mols, bad, err := chem.ReadSDF(os.Args[1])
	if err != nil || len(bad) > 0 {
		fmt.Fprintln(os.Stderr, err, bad)
		os.Exit(2)
	}
	out := json.NewEncoder(os.Stdout)
	for _, m := range mols {
		if err := out.Encode(prepare(m)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func prepare(m *chem.Molecule) (p prepared) {
	for _, r := range m.Rings() {
		p.Rings = append(p.Rings, len(r))
	}
	atoms, bonds := m.Aromatic()
	p.Atoms, p.Bonds = indices(atoms), indices(bonds)
	p.Positions = m.WithHydrogens().Positions()
	text, err := chem.LigandPDBQT(m)
	if err != nil {
		p.Refused = err.Error()
	} else {
		p.PDBQT = string(text.PDBQT)
	}
	return p
}

func indices(flags []bool) (set []int) {
	for i, f := range flags {
		if f {
			set = append(set, i)
		}
	}
	return set
}
