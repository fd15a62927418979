package vina

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"keel/chem"
)

// subject is a drug-like ligand of 33 heavy atoms and 6 torsions in the pocket.
const subject = "urea/pocket"

func benchmarkCase(b *testing.B) (string, reference, *Field) {
	ref, f := protease(b)
	for _, c := range ref.Cases {
		if c.Name == subject {
			return c.PDBQT, ref, f
		}
	}
	b.Fatalf("no case %s", subject)
	return "", reference{}, nil
}

func BenchmarkReadLigand(b *testing.B) {
	text, _, _ := benchmarkCase(b)
	b.ReportMetric(float64(strings.Count(text, "ATOM")), "atoms")
	for b.Loop() {
		readLigand(b, text)
	}
}

// BenchmarkScore reads and scores, in a box that has been used before.
func BenchmarkScore(b *testing.B) {
	text, _, f := benchmarkCase(b)
	for b.Loop() {
		if _, err := f.Score(readLigand(b, text)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMinimise reads and minimises: in a box that has been used before, and in a new box for every molecule.
func BenchmarkMinimise(b *testing.B) {
	text, ref, f := benchmarkCase(b)
	box := chem.Box{Center: ref.Center, Size: ref.Size}
	b.Run("same box", func(b *testing.B) {
		for b.Loop() {
			minimise(b, f, text)
		}
	})
	b.Run("new box", func(b *testing.B) {
		for b.Loop() {
			fresh, err := f.receptor.Field(box)
			if err != nil {
				b.Fatal(err)
			}
			minimise(b, fresh, text)
		}
	})
}

func minimise(b *testing.B, f *Field, text string) {
	if _, _, err := f.Minimise(readLigand(b, text)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReadReceptor reads a receptor of about 11,000 atoms: six copies of the protease side by side.
func BenchmarkReadReceptor(b *testing.B) {
	text, err := os.ReadFile("testdata/receptor.pdbqt")
	if err != nil {
		b.Fatal(err)
	}
	var many strings.Builder
	for copies := range 6 {
		for line := range strings.Lines(string(text)) {
			if isAtom(line) {
				x, _ := fixedPoint(line[30:38])
				fmt.Fprintf(&many, "%s%8.3f%s", line[:30], x+80*float64(copies), line[38:])
			}
		}
	}
	for b.Loop() {
		if _, err := ReadReceptor([]byte(many.String()), "receptor.pdbqt"); err != nil {
			b.Fatal(err)
		}
	}
}
