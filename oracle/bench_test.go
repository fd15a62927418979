package oracle

import (
	"fmt"
	"slices"
	"testing"

	"keel/chem"
)

// BenchmarkReward prints the milliseconds of each step of a reward on one worker, in the pocket of examples/1hpv: amprenavir
// (35 heavy atoms) and the connected piece of it around its first atoms that has 25.
func BenchmarkReward(b *testing.B) {
	needPython(b)
	protein, err := chem.ReadPDB("../examples/1hpv/1hpv.pdb")
	if err != nil {
		b.Fatal(err)
	}
	receptor, _, err := chem.ReceptorPDBQT(protein)
	if err != nil {
		b.Fatal(err)
	}
	ligand, err := chem.ReadLigand("../examples/1hpv/ligand.sdf")
	if err != nil {
		b.Fatal(err)
	}
	for _, atoms := range []int{25, len(ligand.Atoms)} {
		b.Run(fmt.Sprintf("%d-atoms", atoms), func(b *testing.B) {
			pool, err := Start(b.Context(), Config{Workers: 1, Receptor: receptor, Box: chem.BoxOfLigand(ligand)})
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			mols := []*chem.Molecule{piece(ligand, atoms)}
			score := func() {
				mols[0].Atoms[0].Pos[0] += 0.0001 // a pose that the pool has not seen
				if scores, err := pool.Score(b.Context(), mols, Table|MinPose|Depiction, nil); err != nil || scores[0].Error != "" {
					b.Fatal(err, scores)
				}
			}
			score() // imports
			before := pool.Stats()
			for b.Loop() {
				score()
			}
			after := pool.Stats()
			for step, seconds := range after.Steps {
				b.ReportMetric(1000*(seconds-before.Steps[step])/float64(after.Requests-before.Requests), step+"-ms")
			}
		})
	}
}

// piece is the part of a connected molecule with the given number of atoms that are fewest bonds from its first.
func piece(m *chem.Molecule, atoms int) *chem.Molecule {
	kept := []int{0}
	for k := 0; k < len(kept); k++ {
		for _, bond := range m.Bonds {
			for _, pair := range [][2]int{{bond.A, bond.B}, {bond.B, bond.A}} {
				if pair[0] == kept[k] && !slices.Contains(kept, pair[1]) && len(kept) < atoms {
					kept = append(kept, pair[1])
				}
			}
		}
	}
	return m.Subset(kept)
}
