package chem

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// scores holds log-probabilities of orders 0 to 3 by pair.
type scores map[[2]int][4]float64

func (s scores) at(i, j, order int) float64 {
	if l, ok := s[[2]int{i, j}]; ok {
		return l[order]
	}
	return [4]float64{-0.001, -8, -9, -10}[order]
}

// scoresOf returns what a good network would say of a molecule: each bond's order as often as it has it among RDKit's
// Kekulé structures (data item DOUBLE), with normal noise of that size on the logits of bonded pairs.
func scoresOf(t *testing.T, m *Molecule, noise float64, rng *rand.Rand) scores {
	t.Helper()
	text, _ := m.Prop("DOUBLE")
	doubles := strings.Fields(text)
	s := scores{}
	for n, b := range m.Bonds {
		double, err := strconv.ParseFloat(doubles[n], 64)
		if err != nil {
			t.Fatal(err)
		}
		p := [4]float64{0.01, 1 - double, double, 0}
		if b.Order == 3 {
			p = [4]float64{0.01, 0, 0, 1}
		}
		var l [4]float64
		sum := 0.0
		for o := range l {
			l[o] = math.Log(p[o]+0.01) + noise*rng.NormFloat64()
			sum += math.Exp(l[o])
		}
		for o := range l {
			l[o] -= math.Log(sum)
		}
		s[[2]int{b.A, b.B}] = l
	}
	return s
}

func elements(m *Molecule) []Element {
	types := make([]Element, len(m.Atoms))
	for i, a := range m.Atoms {
		types[i] = a.Element
	}
	return types
}

// saturated counts the atoms with a multiple bond, and the orders at each atom summed over all: equal in all Kekulé structures.
func saturated(m *Molecule) (multiple, orders int) {
	has := make([]bool, len(m.Atoms))
	for _, b := range m.Bonds {
		orders += b.Order
		if b.Order > 1 {
			has[b.A], has[b.B] = true, true
		}
	}
	for _, h := range has {
		if h {
			multiple++
		}
	}
	return multiple, orders
}

func TestAssignBondsRecoversDrugs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		noise float64
		least int // of 18 molecules
	}{{0, 18}, {0.3, 18}, {0.6, 15}} {
		recovered := 0
		for _, m := range drugs(t, "testdata/drugs.sdf") {
			got := &Molecule{Atoms: m.Atoms, Bonds: AssignBonds(elements(m), scoresOf(t, m, c.noise, rng).at)}
			if err := got.CheckValence(); err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			wantMultiple, wantOrders := saturated(m)
			multiple, orders := saturated(got)
			if len(got.Bonds) == len(m.Bonds) && multiple == wantMultiple && orders == wantOrders {
				recovered++
			} else if c.noise == 0 {
				t.Errorf("%s: %d bonds of total order %d on %d unsaturated atoms, want %d, %d, %d",
					m.Name, len(got.Bonds), orders, multiple, len(m.Bonds), wantOrders, wantMultiple)
			}
		}
		if recovered < c.least {
			t.Errorf("noise %g: %d of 18 recovered, want %d", c.noise, recovered, c.least)
		}
	}
}

func TestAnAromaticRingCompletes(t *testing.T) {
	for _, size := range []int{4, 6, 10} { // each bond single or double with equal odds: rings of even size must alternate
		s := scores{}
		for i := range size {
			j := (i + 1) % size
			s[[2]int{min(i, j), max(i, j)}] = [4]float64{-6, -0.6, -0.8, -9}
		}
		types := make([]Element, size)
		for i := range types {
			types[i] = Carbon
		}
		m := &Molecule{Atoms: make([]Atom, size), Bonds: AssignBonds(types, s.at)}
		if multiple, orders := saturated(m); len(m.Bonds) != size || multiple != size || orders != size*3/2 {
			t.Errorf("ring of %d: %v", size, m.Bonds)
		}
	}
}

func TestSulfurAndPhosphorusStates(t *testing.T) {
	single, double := [4]float64{-15, -0.05, -4, -9}, [4]float64{-6, -4, -0.05, -9}
	for _, c := range []struct {
		name   string
		centre Element
		arms   []Element
		double []bool
		want   []int
	}{
		{"sulfone", Sulfur, []Element{Carbon, Carbon, Oxygen, Oxygen}, []bool{false, false, true, true}, []int{1, 1, 2, 2}},
		{"sulfoxide", Sulfur, []Element{Carbon, Carbon, Oxygen}, []bool{false, false, true}, []int{1, 1, 2}},
		{"phosphate", Phosphorus, []Element{Oxygen, Oxygen, Oxygen, Oxygen}, []bool{true, false, false, false}, []int{2, 1, 1, 1}},
		{"thioether with a third arm too many", Sulfur, []Element{Carbon, Carbon, Carbon}, []bool{false, false, false}, []int{1, 1}},
		{"sulfenic, not a valence of 3", Sulfur, []Element{Carbon, Oxygen}, []bool{false, true}, []int{1, 1}},
	} {
		s := scores{}
		for k, d := range c.double {
			s[[2]int{0, k + 1}] = single
			if d {
				s[[2]int{0, k + 1}] = double
			}
		}
		var got []int
		for _, b := range AssignBonds(append([]Element{c.centre}, c.arms...), s.at) {
			got = append(got, b.Order)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: orders %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNoTripleBondInASmallRing(t *testing.T) {
	for size, want := range map[int]bool{6: false, 7: false, 8: true, 9: true} {
		s := scores{}
		for i := range size {
			j := (i + 1) % size
			s[[2]int{min(i, j), max(i, j)}] = [4]float64{-6, -0.05, -4, -9}
		}
		s[[2]int{0, 1}] = [4]float64{-6, -4, -4, -0.05}
		types := make([]Element, size)
		for i := range types {
			types[i] = Carbon
		}
		if got := AssignBonds(types, s.at)[0].Order == 3; got != want {
			t.Errorf("ring of %d: triple bond %v, want %v", size, got, want)
		}
	}
}

func TestAssignBondsObeysItsRulesWhateverTheScores(t *testing.T) {
	palette := []Element{Carbon, Carbon, Nitrogen, Oxygen, Sulfur, Phosphorus, Fluorine, Chlorine, Bromine, Iodine, 30, 0}
	rapid.Check(t, func(t *rapid.T) {
		types := rapid.SliceOfN(rapid.SampledFrom(palette), 0, 14).Draw(t, "types")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		odd := []float64{math.Inf(-1), math.Inf(1), math.NaN()}
		s := scores{}
		for i := range types {
			for j := i + 1; j < len(types); j++ {
				var l [4]float64
				for o := range l {
					l[o] = 3 * rng.NormFloat64()
					if rng.IntN(40) == 0 {
						l[o] = odd[rng.IntN(3)]
					}
				}
				s[[2]int{i, j}] = l
			}
		}
		bonds := AssignBonds(types, s.at)
		if !reflect.DeepEqual(bonds, AssignBonds(types, s.at)) {
			t.Fatal("two runs differ")
		}
		checkRules(t, types, bonds)
	})
}

// checkRules counts valences and rings by its own means.
func checkRules(t *rapid.T, types []Element, bonds []Bond) {
	used := make([]int, len(types))
	for n, b := range bonds {
		if b.A >= b.B || b.Order < 1 || b.Order > 3 || n > 0 && (b.A < bonds[n-1].A || b.A == bonds[n-1].A && b.B <= bonds[n-1].B) {
			t.Fatalf("bond %d of %v", n, bonds)
		}
		used[b.A] += b.Order
		used[b.B] += b.Order
	}
	for i, e := range types {
		allowed := map[Element]string{Carbon: "01234", Nitrogen: "0123", Oxygen: "012", Sulfur: "01246", Phosphorus: "01235",
			Fluorine: "01", Chlorine: "01", Bromine: "01", Iodine: "01"}[e] + "0"
		if !strings.Contains(allowed, strconv.Itoa(used[i])) {
			t.Fatalf("%v with bonds of order %d", e, used[i])
		}
	}
	ringDoubles := make([]int, len(types))
	for _, b := range bonds {
		if b.Order == 1 || ringSize(len(types), bonds, b) >= 8 {
			continue
		}
		ringDoubles[b.A]++
		ringDoubles[b.B]++
		if b.Order == 3 || ringDoubles[b.A] > 1 || ringDoubles[b.B] > 1 {
			t.Fatalf("bond %v in a small ring of %v", b, bonds)
		}
	}
}

// ringSize is the size of the smallest ring through a bond by relaxation of distances, large if there is none.
func ringSize(n int, bonds []Bond, through Bond) int {
	dist := make([]int, n)
	for i := range dist {
		dist[i] = 1000
	}
	dist[through.A] = 1
	for range n {
		for _, b := range bonds {
			if b != through {
				dist[b.A] = min(dist[b.A], dist[b.B]+1)
				dist[b.B] = min(dist[b.B], dist[b.A]+1)
			}
		}
	}
	return dist[through.B]
}

func BenchmarkAssignBonds(b *testing.B) {
	m := drugs(b, "testdata/drugs.sdf")[4]
	s := scores{}
	for _, bond := range m.Bonds {
		l := [4]float64{-6, -4, -4, -9}
		l[bond.Order] = -0.05
		s[[2]int{bond.A, bond.B}] = l
	}
	types := elements(m)
	for b.Loop() {
		AssignBonds(types, s.at)
	}
}
