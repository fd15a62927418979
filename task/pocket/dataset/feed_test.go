package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"keel/chem"
)

// docks is a Feed of n complexes, of which every fourth fails and every fifth clashes. It ends with an error where one is given.
type docks struct {
	n    int
	made *int // complexes made, over all calls
	err  error
}

func (d docks) Name() string { return "docks" }

func (d docks) Fingerprint(context.Context) (string, int, error) {
	return fmt.Sprint(d.n), d.n, nil
}

func (d docks) Complexes(_ context.Context, from int) iter.Seq2[*Complex, error] {
	return func(yield func(*Complex, error) bool) {
		for i := from; i < d.n; i++ {
			*d.made++
			c, err := d.complex(i)
			if !yield(c, err) || errors.Is(err, d.err) && d.err != nil {
				return
			}
		}
	}
}

func (d docks) complex(i int) (*Complex, error) {
	switch {
	case i == d.n-1 && d.err != nil:
		return nil, d.err
	case i%4 == 3:
		return nil, &Dropped{"docking found no pose"}
	}
	y := 4.0
	if i%5 == 4 {
		y = 1
	}
	ligand, _, errL := chem.ParseSDF(strings.NewReader(octanol(8)), "ligand")
	protein, errP := chem.ParsePDB(strings.NewReader(helix(10*i+1, y)), "protein")
	return &Complex{ID: fmt.Sprintf("../%d", i), Ligand: ligand[0], Protein: protein}, errors.Join(errL, errP)
}

func TestFeed(t *testing.T) {
	made := 0
	cfg := config(t)
	cfg.Feeds = []Feed{docks{20, &made, nil}}
	want := mustBuild(t, cfg)
	m, err := readManifest(cfg.Out)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, m, 12, map[string]int{"docking found no pose": 5, clash: 3}, nil)

	// What stops it once is not done again: the first two shards, of eleven results, are there.
	broken := errors.New("the disk is full")
	cfg.Out = filepath.Join(t.TempDir(), "out")
	cfg.Feeds = []Feed{docks{20, &made, broken}}
	if _, err := Build(t.Context(), cfg); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if m, err = readManifest(cfg.Out); err != nil || m.Sources[0].Items == 0 {
		t.Fatal(m, err)
	}
	before := m.Sources[0].Items
	made, cfg.Feeds = 0, []Feed{docks{20, &made, nil}}
	if got := mustBuild(t, cfg); !maps.Equal(got, want) || made != 20-before {
		t.Errorf("%d made after %d of 20", made, before)
	}
	d, err := Open(cfg.Out)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range d.Complexes() {
		if err != nil || c.Source != "docks" || strings.Contains(c.ID, "/") {
			t.Error(c, err)
		}
	}
}
