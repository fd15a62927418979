package dataset

import (
	"os"
	"testing"
)

// BenchmarkExamine is one whole protein, cut to its pocket.
func BenchmarkExamine(b *testing.B) {
	s := DefaultSettings()
	protein, errP := os.ReadFile("../../../examples/1hpv/1hpv.pdb")
	ligand, errL := os.ReadFile("../../../examples/1hpv/ligand.sdf")
	if errP != nil || errL != nil {
		b.Fatal(errP, errL)
	}
	c := candidate{id: "1hpv", protein: file{name: "1hpv.pdb", data: protein}, ligand: file{name: "ligand.sdf", data: ligand}}
	for b.Loop() {
		if o := s.examine(c); o.example == nil {
			b.Fatal(o.dropped)
		}
	}
}

// BenchmarkJudge is what a line of SMILES costs before RDKit sees it, and again when a build goes on.
func BenchmarkJudge(b *testing.B) {
	s := DefaultSettings()
	f := &smilesFile{settings: &s}
	for b.Loop() {
		f.seen = map[uint64]struct{}{}
		if _, why := f.judge("COc1ccc2c(CNCCc3cccs3)c(C(=O)O)n(Cc3cccc(F)c3)c2c1"); why != "" {
			b.Fatal(why)
		}
	}
}
