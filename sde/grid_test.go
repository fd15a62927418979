package sde

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestGrids: on every process every registered grid starts at 1, ends at 0 and falls, whether or not the level at t = 1 is above the highest.
func TestGrids(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		for _, name := range Grids() {
			of, err := GridByName(name)
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				steps := rapid.IntRange(1, 200).Draw(t, "steps")
				grid := of(p, steps, 0.01, rapid.Float64Range(0.1, 1000).Draw(t, "highest"))
				if len(grid) != steps+1 || grid[0] != 1 || grid[steps] != 0 {
					t.Fatalf("%s: %v; expected %d times from 1 to 0", name, grid, steps+1)
				}
				for i := range steps {
					if !(grid[i+1] < grid[i]) {
						t.Fatalf("%s: times do not fall: %v then %v", name, grid[i], grid[i+1])
					}
				}
			})
		}
	})
}

// TestGridsSpacing: in its own variable each grid's steps are equal, the last before 0 is the lowest level, and the first is
// the highest, or what t = 1 has where that is lower.
func TestGridsSpacing(t *testing.T) {
	const steps, low = 9, 0.02
	forAll(t, func(t *testing.T, p Process) {
		for _, high := range []float64{5, 300} {
			first := min(high, NoiseLevel(p, 1))
			for name, c := range map[string]struct {
				grid []float64
				of   func(level float64) float64 // what is evenly spaced
			}{
				"log-snr":  {LogSNRGrid(p, steps, low, high), func(l float64) float64 { return -2 * math.Log(l) }},
				"karras":   {KarrasGrid(p, steps, 7, low, high), func(l float64) float64 { return math.Pow(l, 1./7) }},
				"karras 3": {KarrasGrid(p, steps, 3, low, high), math.Cbrt},
			} {
				for i := 1; i < steps; i++ {
					want := c.of(first) + float64(i)/(steps-1)*(c.of(low)-c.of(first))
					if got := c.of(NoiseLevel(p, c.grid[i])); !near(got, want, 1e-9) {
						t.Errorf("%s up to %v: time %d is at %v, expected %v", name, high, i, got, want)
					}
				}
			}
		}
	})
	for i, at := range UniformGrid(5) {
		if want := 1 - float64(i)/5; math.Abs(at-want) > 1e-15 {
			t.Errorf("uniform: time %d of 5 is %v, expected %v", i, at, want)
		}
	}
}

func TestKarrasGridIsRegisteredWithThePapersRho(t *testing.T) {
	of, err := GridByName("karras")
	if err != nil {
		t.Fatal(err)
	}
	want := KarrasGrid(EDM{}, 18, 7, 0.002, 80)
	for i, at := range of(EDM{}, 18, 0.002, 80) {
		if at != want[i] {
			t.Errorf("time %d is %v, expected %v", i, at, want[i])
		}
	}
}
