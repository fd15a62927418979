// Smilesbench reads a file of SMILES, says how fast on standard error, and writes a line of tab-separated values for each molecule:
// chem's SMILES, its key, heavy atoms, hydrogens and charge. compare_smiles.py holds them against RDKit.
//
//	go run ./chem/testdata/smilesbench FILE.smi.gz | python chem/testdata/compare_smiles.py FILE.smi.gz
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"time"

	"keel/chem"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: smilesbench FILE")
		os.Exit(2)
	}
	if err := bench(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	start := time.Now()
	mols, bad, err := chem.ReadSMILES(bytes.NewReader(data), path)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fmt.Errorf("%d bad lines, first: %w", len(bad), bad[0])
	}
	fmt.Fprintf(os.Stderr, "%d molecules read in %v\n", len(mols), time.Since(start))
	keys, smiles := make([]string, len(mols)), make([]string, len(mols))
	each(mols, "Key", func(i int) { keys[i] = mols[i].Key() })
	each(mols, "SMILES", func(i int) { smiles[i] = mols[i].SMILES() })
	out := bufio.NewWriter(os.Stdout)
	for i, m := range mols {
		heavy, charge := len(m.HeavyOnly().Atoms), 0
		hydrogens := len(m.Atoms) - heavy
		for k, h := range m.ImplicitHydrogens() {
			hydrogens += h
			charge += m.Atoms[k].Charge
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\n", smiles[i], keys[i], heavy, hydrogens, charge)
	}
	return out.Flush()
}

// each times work on all molecules.
func each(mols []*chem.Molecule, what string, work func(i int)) {
	start := time.Now()
	for i := range mols {
		work(i)
	}
	fmt.Fprintf(os.Stderr, "%s: %v a molecule\n", what, time.Since(start)/time.Duration(len(mols)))
}
