package oracle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
	"pgregory.net/rapid"
)

// logged is a pool with one fake worker, and what it was asked so far: lines of a number and the metrics.
func logged(t *testing.T, cacheFile string) (*Pool, func() string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	cfg := fake("log", 1)
	cfg.command, cfg.CacheFile = append(cfg.command, log), cacheFile
	pool := startFake(t, cfg)
	// The log's name differs from pool to pool and is part of the salt, as the command is.
	pool.salt = []byte("salt")
	return pool, func() string {
		text, _ := os.ReadFile(log) // there is none before the first request
		return strings.Join(strings.Split(strings.TrimSpace(string(text)), "\n"), "; ")
	}
}

func score(t testing.TB, pool *Pool, what Metrics, mols ...*chem.Molecule) []Score {
	t.Helper()
	scores, err := pool.Score(t.Context(), mols, what, nil)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

func TestAMoleculeIsComputedOnce(t *testing.T) {
	pool, asked := logged(t, "")
	twin := molecule("good", 1)
	twin.Name = "twin"
	twin.Props = []chem.Prop{{Key: "k", Value: "v"}}
	calls := 0
	scores, err := pool.Score(t.Context(), []*chem.Molecule{molecule("good", 1), molecule("good", 2), twin}, QED, func(done, total int) {
		if calls++; done != calls || total != 3 {
			t.Errorf("progress(%d, %d) on call %d", done, total, calls)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if scores[0].Name != "good 1" || scores[2].Name != "twin" || scores[2].QED != 1 || scores[1].QED != 2 {
		t.Errorf("%+v", scores)
	}
	again := score(t, pool, QED, twin)
	if asked() != "1 qed; 2 qed" || again[0].Name != "twin" || again[0].QED != 1 {
		t.Errorf("asked %q; %+v", asked(), again)
	}
	if st := pool.Stats(); st.Requests != 4 || st.Hits != 2 || st.Steps["qed"] != 1 {
		t.Errorf("%+v", st)
	}
}

// Of what is asked for, only what is not known goes to a worker, and the score shows what was asked for and nothing else.
func TestPartsMerge(t *testing.T) {
	pool, asked := logged(t, "")
	m := molecule("good", 7)
	first := score(t, pool, QED|SA, m)[0]
	second := score(t, pool, SA|TPSA, m)[0]
	third := score(t, pool, QED|SA|TPSA, m)[0]
	if asked() != "7 qed,sa; 7 tpsa" {
		t.Errorf("asked %q", asked())
	}
	fresh, _ := logged(t, "")
	for i, c := range []struct {
		got  Score
		what Metrics
	}{{first, QED | SA}, {second, SA | TPSA}, {third, QED | SA | TPSA}} {
		want := score(t, fresh, c.what, molecule("good", 7))[0]
		c.got.LogP, want.LogP = 0, 0 // the workers' numbers
		if d := cmp.Diff(want, c.got, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("score %d: %s", i+1, d)
		}
	}
}

// However requests overlap, each is answered as by a pool that knows nothing yet.
func TestTheCacheChangesNoAnswer(t *testing.T) {
	pool, fresh := startFake(t, fake("plain", 2)), startFake(t, fake("plain", 2))
	salt := 0
	rapid.Check(t, func(r *rapid.T) {
		deeds := []string{"good", "flawed", "no figure", "short of memory"}
		for range rapid.IntRange(1, 6).Draw(r, "calls") {
			what := Metrics(rapid.Uint32Range(0, 1<<4-1).Draw(r, "metrics")) * QED &^ LogP
			var mols []*chem.Molecule
			for range rapid.IntRange(1, 4).Draw(r, "molecules") {
				mols = append(mols, molecule(rapid.SampledFrom(deeds).Draw(r, "deed"), rapid.Float64Range(1, 3).Draw(r, "number")))
			}
			salt++
			fresh.salt = fmt.Append(nil, salt)
			want, got := score(t, fresh, what, mols...), score(t, pool, what, mols...)
			for i := range want {
				want[i].LogP, got[i].LogP = 0, 0
			}
			if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
				r.Errorf("%v: %s", what.names(), d)
			}
		}
	})
	if pool.Stats().Hits == 0 {
		t.Error("nothing was known before")
	}
}

func TestOnlyTheMoleculesOwnFailuresAreKept(t *testing.T) {
	pool, asked := logged(t, "")
	for range 2 {
		scores := score(t, pool, QED, molecule("flawed", 1), molecule("short of memory", 2))
		if scores[0].Error != "atoms coincide: 0.000 apart" || scores[1].Error != "qed failed: MemoryError: " {
			t.Errorf("%+v", scores)
		}
	}
	if want := "1 qed; 2 qed; 2 qed"; asked() != want {
		t.Errorf("asked %q, want %q", asked(), want)
	}
	if st := pool.Stats(); st.Failures["atoms coincide"] != 2 || st.Failures["qed failed"] != 2 || st.Hits != 1 {
		t.Errorf("%+v", st)
	}
}

// Memory holds no more than it may; the file gives back what memory forgot.
func TestCacheForgets(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "scores.jsonl")} {
		c, err := openCache(path, 1000)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		for n := range byte(20) {
			if err := c.put(cacheKey{n}, part{have: QED | identity}); err != nil {
				t.Fatal(err)
			}
			c.get(cacheKey{0}) // used all the time
		}
		first, _ := c.get(cacheKey{0})
		second, _ := c.get(cacheKey{1})
		last, _ := c.get(cacheKey{19})
		if c.bytes > 1000 || first.have == 0 || last.have == 0 || (second.have != 0) != (path != "") {
			t.Errorf("%q: %d bytes; %v %v %v", path, c.bytes, first.have, second.have, last.have)
		}
	}
}

func TestWhatAKeyDependsOn(t *testing.T) {
	pose := func(change func(m *chem.Molecule, c *Config)) cacheKey {
		atoms := []chem.Atom{{Element: 6}, {Element: 8, Pos: chem.Vec{1.43, 0, 0}}}
		m := &chem.Molecule{Name: "m", Atoms: atoms, Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}}}
		c := Config{Receptor: []byte("ATOM"), MemoryMiB: 7, Workers: 1}.withDefaults()
		change(m, &c)
		_, sdf, refused := record(m)
		salt, err := c.salt(map[string]string{"rdkit": "1"})
		if refused != nil || err != nil {
			t.Fatal(refused, err)
		}
		return keyOf(salt, sdf)
	}
	plain := pose(func(*chem.Molecule, *Config) {})
	for i, change := range []func(m *chem.Molecule, c *Config){
		func(m *chem.Molecule, _ *Config) { m.Name = "another" },
		func(m *chem.Molecule, _ *Config) { m.Props = []chem.Prop{{Key: "k", Value: "v"}} },
		func(m *chem.Molecule, _ *Config) { m.Atoms[0].Pos[1] = 0.00001 }, // not seen in a record
		func(_ *chem.Molecule, c *Config) { c.Workers, c.MemoryMiB, c.Timeout = 2, 9, time.Second },
	} {
		if pose(change) != plain {
			t.Errorf("change %d, which changes no figure, changes the key", i)
		}
	}
	for i, change := range []func(m *chem.Molecule, c *Config){
		func(m *chem.Molecule, _ *Config) { m.Atoms[0].Pos[1] = 0.0001 },
		func(m *chem.Molecule, _ *Config) { m.Atoms[0].Element = 7 },
		func(m *chem.Molecule, _ *Config) { m.Atoms[0].Charge = 1 },
		func(m *chem.Molecule, _ *Config) { m.Bonds[0].Order = 2 },
		func(m *chem.Molecule, _ *Config) { m.Bonds = nil },
		func(_ *chem.Molecule, c *Config) { c.Receptor = []byte("ATOM  ") },
		func(_ *chem.Molecule, c *Config) { c.Box.Center[0] = 1 },
		func(_ *chem.Molecule, c *Config) { c.Seed = 2 },
		func(_ *chem.Molecule, c *Config) { c.Exhaustiveness = 9 },
		func(_ *chem.Molecule, c *Config) { c.Alerts = []string{"NIH"} },
		func(_ *chem.Molecule, c *Config) { c.References = []string{"CO"} },
	} {
		if pose(change) == plain {
			t.Errorf("change %d does not change the key", i)
		}
	}
	c := Config{}.withDefaults()
	one, _ := c.salt(map[string]string{"rdkit": "1"})
	two, _ := c.salt(map[string]string{"rdkit": "2"})
	if bytes.Equal(one, two) {
		t.Error("another version of RDKit does not change the key")
	}
}
