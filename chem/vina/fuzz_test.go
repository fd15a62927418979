package vina

import (
	"errors"
	"strings"
	"testing"

	"keel/chem"
)

func FuzzReadLigand(f *testing.F) {
	ref, field := protease(f)
	f.Add([]byte(ethane))
	f.Add([]byte(strings.ReplaceAll(ethane, "BRANCH   1   3", "BRANCH   1   4")))
	for _, c := range ref.Cases[:40] {
		f.Add([]byte(c.PDBQT))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ReadLigand(text, "ligand")
		if err != nil {
			checkIsInput(t, err)
			return
		}
		// Energies may be enormous, but what is read can be scored, or is outside.
		_, errScore := field.Score(l)
		_, _, errMin := field.Minimise(l)
		if errors.Is(errScore, ErrOutside) != errors.Is(errMin, ErrOutside) && errMin == nil {
			t.Errorf("scored: %v, minimised: %v", errScore, errMin)
		}
	})
}

func FuzzReadReceptor(f *testing.F) {
	f.Add([]byte(atomText(1, 0, 0, 0, "C") + atomText(2, 1.3, 0, 0, "OA") + atomText(3, 1.9, 0.6, 0, "HD") + "TER\n"))
	f.Add([]byte(atomText(1, 0, 0, 0, "Zn") + atomText(2, 99999, -9999, 0, "Cl")))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ReadReceptor(text, "receptor")
		if err != nil {
			checkIsInput(t, err)
			return
		}
		field, err := r.Field(chem.Box{Center: r.atoms[0].pos.chem(), Size: chem.Vec{10, 10, 10}})
		if err != nil {
			t.Fatal(err)
		}
		l := readLigand(t, ethane)
		for i := range l.pos {
			l.pos[i] = l.pos[i].add(r.atoms[0].pos)
		}
		if _, err := field.Score(l); err != nil {
			t.Error(err)
		}
	})
}

// checkIsInput holds an error to one line about the input.
func checkIsInput(t *testing.T, err error) {
	t.Helper()
	var bad *chem.InputError
	if !errors.As(err, &bad) || strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line about the input: %q", err)
	}
}
