package chem

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// indices returns where flags are set.
func indices(flags []bool) []int {
	set := []int{}
	for i, f := range flags {
		if f {
			set = append(set, i)
		}
	}
	return set
}

func TestAromaticityIsThatOfRDKit(t *testing.T) {
	for k, m := range preparedMolecules(t) {
		atoms, bonds := m.Aromatic()
		if got := indices(atoms); !slices.Equal(got, m.want.Atoms) {
			t.Errorf("molecule %d (%s): aromatic atoms %v, RDKit has %v", k, m.Name, got, m.want.Atoms)
		}
		if got := indices(bonds); !slices.Equal(got, m.want.Bonds) {
			t.Errorf("molecule %d (%s): aromatic bonds %v, RDKit has %v", k, m.Name, got, m.want.Bonds)
		}
	}
}

func TestAromaticityByHand(t *testing.T) {
	benzene := graph(6, cycle(0, 1, 2, 3, 4, 5)...)
	for n := range benzene.Bonds {
		benzene.Bonds[n].Order = 1 + n%2
	}
	atoms, bonds := benzene.Aromatic()
	if slices.Contains(atoms, false) || slices.Contains(bonds, false) {
		t.Errorf("benzene: %v %v", atoms, bonds)
	}
	benzene.Atoms[2].Element = Oxygen // pyrylium wants its charge: without it, oxygen has a bond too many
	if atoms, _ := benzene.Aromatic(); slices.Contains(atoms, true) {
		t.Errorf("neutral pyrylium: %v", atoms)
	}
	benzene.Atoms[2].Charge = 1
	if atoms, _ := benzene.Aromatic(); slices.Contains(atoms, false) {
		t.Errorf("pyrylium: %v", atoms)
	}
}

func TestAromaticityDoesNotDependOnNumbering(t *testing.T) {
	mols := preparedMolecules(t)
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(mols).Draw(t, "molecule").Molecule
		number, bonds := permutation(t, len(m.Atoms), "numbers"), permutation(t, len(m.Bonds), "bonds")
		atoms, aromatic := m.Aromatic()
		atoms2, aromatic2 := renumbered(m, number, bonds).Aromatic()
		for i, a := range atoms {
			if atoms2[number[i]] != a {
				t.Fatalf("%s: atom %d is aromatic in one numbering only", m.Name, i)
			}
		}
		for n, a := range aromatic {
			if aromatic2[bonds[n]] != a {
				t.Fatalf("%s: bond %d is aromatic in one numbering only", m.Name, n)
			}
		}
	})
}

func TestFusedGroupsComeOnceAndConnected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fusion{next: make([][]int, rapid.IntRange(1, 9).Draw(t, "rings"))}
		for i := range f.next {
			for j := range i {
				if rapid.Bool().Draw(t, "fused") {
					f.next[i], f.next[j] = append(f.next[i], j), append(f.next[j], i)
				}
			}
		}
		size := rapid.IntRange(1, 6).Draw(t, "size")
		got := map[uint]bool{}
		for first := range f.next {
			f.grow([]int{first}, after(f.next[first], first), size, func(group []int) {
				var set uint
				for _, r := range group {
					set |= 1 << r
				}
				if got[set] {
					t.Fatalf("%v comes twice", group)
				}
				got[set] = true
			})
		}
		for set := uint(1); set < 1<<len(f.next); set++ { // every subset, by brute force
			if want := count(set) == size && connected(set, f.next); got[set] != want {
				t.Fatalf("group %b: found is %v, connected and of size %d is %v", set, got[set], size, want)
			}
		}
	})
}

func count(set uint) (n int) {
	for ; set > 0; set &= set - 1 {
		n++
	}
	return n
}

// connected reports whether the rings of a set hang together.
func connected(set uint, next [][]int) bool {
	reached := set & -set
	for range next {
		for i, l := range next {
			for _, j := range l {
				if reached>>i&1 == 1 {
					reached |= set & (1 << j)
				}
			}
		}
	}
	return reached == set
}
