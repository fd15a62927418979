package chem

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// graph returns a molecule of carbons with single bonds between the listed pairs.
func graph(atoms int, pairs ...[2]int) *Molecule {
	m := &Molecule{Atoms: make([]Atom, atoms)}
	for i := range m.Atoms {
		m.Atoms[i].Element = Carbon
	}
	for _, p := range pairs {
		m.Bonds = append(m.Bonds, Bond{A: min(p[0], p[1]), B: max(p[0], p[1]), Order: 1})
	}
	return m
}

// cycle returns the pairs of a ring over the listed atoms.
func cycle(atoms ...int) (pairs [][2]int) {
	for k, i := range atoms {
		pairs = append(pairs, [2]int{i, atoms[(k+1)%len(atoms)]})
	}
	return pairs
}

func sizes(rings [][]int) []int {
	n := make([]int, len(rings))
	for k, r := range rings {
		n[k] = len(r)
	}
	return n
}

func TestRingsOfKnownShapes(t *testing.T) {
	cubane := graph(8, append(append(cycle(0, 1, 2, 3), cycle(4, 5, 6, 7)...), [2]int{0, 4}, [2]int{1, 5}, [2]int{2, 6}, [2]int{3, 7})...)
	norbornane := graph(7, append(cycle(0, 1, 2, 3, 4, 5), [2]int{0, 6}, [2]int{3, 6})...)
	var full [][2]int // every atom bonded to every other
	for i := range 5 {
		for j := range i {
			full = append(full, [2]int{j, i})
		}
	}
	for _, c := range []struct {
		name string
		mol  *Molecule
		want [][]int
	}{
		{"no atoms", graph(0), nil},
		{"chain", graph(3, [2]int{0, 1}, [2]int{1, 2}), nil},
		{"triangle and tail", graph(4, append(cycle(3, 1, 2), [2]int{0, 3})...), [][]int{{1, 2, 3}}},
		{"two rings on a chain", graph(7, append(append(cycle(0, 2, 1), cycle(6, 4, 5)...), [2]int{2, 3}, [2]int{3, 4})...),
			[][]int{{0, 1, 2}, {4, 5, 6}}},
		{"spiro", graph(5, append(cycle(0, 1, 2), cycle(2, 3, 4)...)...), [][]int{{0, 1, 2}, {2, 3, 4}}},
		{"naphthalene", graph(10, append(cycle(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), [2]int{4, 9})...), [][]int{{0, 1, 2, 3, 4, 9}, {4, 5, 6, 7, 8, 9}}},
		{"norbornane", norbornane, [][]int{{0, 1, 2, 3, 6}, {0, 5, 4, 3, 6}}},
		{"cubane", cubane, [][]int{{0, 1, 2, 3}, {0, 1, 5, 4}, {0, 3, 7, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}}},
		{"all bonded to all", graph(5, full...), [][]int{{0, 1, 2}, {0, 1, 3}, {0, 1, 4}, {0, 2, 3}, {0, 2, 4}, {0, 3, 4}}},
		{"bicycle with equal ways", graph(5, append(cycle(0, 1, 2, 3), [2]int{0, 4}, [2]int{4, 2})...), [][]int{{0, 1, 2, 3}, {0, 1, 2, 4}}},
	} {
		if got := c.mol.Rings(); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRingSizesAreThoseOfRDKit(t *testing.T) {
	for k, m := range preparedMolecules(t) {
		if got := sizes(m.Rings()); !slices.Equal(got, m.want.Rings) {
			t.Errorf("molecule %d (%s): ring sizes %v, RDKit has %v", k, m.Name, got, m.want.Rings)
		}
	}
}

// renumbered returns the molecule with atom i as number[i] and its bonds in another order.
func renumbered(m *Molecule, number, bonds []int) *Molecule {
	r := &Molecule{Name: m.Name, Atoms: make([]Atom, len(m.Atoms)), Bonds: make([]Bond, len(m.Bonds))}
	for i, a := range m.Atoms {
		r.Atoms[number[i]] = a
	}
	for n, b := range m.Bonds {
		i, j := number[b.A], number[b.B]
		r.Bonds[bonds[n]] = Bond{A: min(i, j), B: max(i, j), Order: b.Order}
	}
	return r
}

// permutation draws an order of n things.
func permutation(t *rapid.T, n int, label string) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, label)
}

// randomMolecule draws connected atoms with any bonds: a tree with more bonds on top.
func randomMolecule(t *rapid.T) *Molecule {
	elements := []Element{Carbon, Carbon, Carbon, Nitrogen, Oxygen, Sulfur, Phosphorus, Hydrogen, Fluorine, Boron, Selenium}
	m := graph(rapid.IntRange(1, 14).Draw(t, "atoms"))
	have := map[[2]int]bool{}
	bond := func(i, j int) {
		if p := [2]int{min(i, j), max(i, j)}; i != j && !have[p] {
			have[p] = true
			m.Bonds = append(m.Bonds, Bond{A: p[0], B: p[1], Order: rapid.SampledFrom([]int{1, 1, 1, 2, 2, 3}).Draw(t, "order")})
		}
	}
	for i := range m.Atoms {
		m.Atoms[i].Element = rapid.SampledFrom(elements).Draw(t, "element")
		m.Atoms[i].Charge = rapid.SampledFrom([]int{0, 0, 0, 0, 1, -1}).Draw(t, "charge")
		for d := range m.Atoms[i].Pos {
			m.Atoms[i].Pos[d] = rapid.Float64Range(-9, 9).Draw(t, "x")
		}
		if i > 0 {
			bond(i, rapid.IntRange(0, i-1).Draw(t, "to"))
		}
	}
	for range rapid.IntRange(0, 8).Draw(t, "more") {
		bond(rapid.IntRange(0, len(m.Atoms)-1).Draw(t, "a"), rapid.IntRange(0, len(m.Atoms)-1).Draw(t, "b"))
	}
	return m
}

func TestRingsAreABasisWhateverTheNumbering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomMolecule(t)
		rings := m.Rings()
		if want := len(m.Bonds) - len(m.Atoms) + 1; len(rings) != want {
			t.Fatalf("%d rings, bonds less atoms give %d", len(rings), want)
		}
		bonded := map[[2]int]int{}
		for n, b := range m.Bonds {
			bonded[[2]int{b.A, b.B}] = n
		}
		var rows echelon
		for _, r := range rings {
			set := newBits(len(m.Bonds))
			for _, p := range cycle(r...) {
				n, ok := bonded[[2]int{min(p[0], p[1]), max(p[0], p[1])}]
				if !ok || set.has(n) {
					t.Fatalf("%v is no ring: %v", r, p)
				}
				set.set(n)
			}
			left := rows.reduce(set)
			if left == nil {
				t.Fatalf("%v is a sum of the rings before it", r)
			}
			rows = append(rows, left)
		}
		other := renumbered(m, permutation(t, len(m.Atoms), "numbers"), permutation(t, len(m.Bonds), "bonds"))
		if got, want := sizes(other.Rings()), sizes(rings); !slices.Equal(got, want) {
			t.Fatalf("sizes %v, and %v when numbered otherwise", want, got)
		}
	})
}

func BenchmarkRings(b *testing.B) {
	m := drugSized(b)
	for b.Loop() {
		m.Rings()
	}
}
