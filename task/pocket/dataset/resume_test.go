package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"keel/chem"
	"keel/supervise"
)

// sources puts SMILES files, an archive and a folder, good and bad things in each, into dir.
func sources(t testing.TB, dir string, cfg *Config) {
	var a, b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&a, "%sO\tA\n", strings.Repeat("C", 8+i%13)) // some come twice
		fmt.Fprintf(&b, "%sN\n%sI\n\n%sO\tB\n", strings.Repeat("C", 7+i), strings.Repeat("C", 7+i), strings.Repeat("C", 12+i))
	}
	entries := complexes(8)
	entries = append(entries, entry{name: "c000/x.txt", text: "x"}, entry{name: "lone/pocket.pdb", text: helix(1, 4)})
	more := complexes(11)
	write(t, dir, map[string]string{"a.smi": a.String(), "b.smi.gz": string(gzipped(b.String())), "c.tar.gz": string(packed(t, entries...)),
		"d/bad.sdf": "bad", "d/bad.pdb": "bad", "d/.hidden": ""})
	for _, e := range more { // the first eight are known from the archive
		write(t, dir, map[string]string{"d/" + e.name: e.text})
	}
	cfg.SMILES = []string{filepath.Join(dir, "a.smi"), filepath.Join(dir, "b.smi.gz")}
	cfg.Complexes = []string{filepath.Join(dir, "c.tar.gz"), filepath.Join(dir, "d")}
}

func mustBuild(t testing.TB, cfg Config) map[string]string {
	t.Helper()
	if _, err := Build(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return contents(t, cfg.Out)
}

func TestWorkersDoNotMatter(t *testing.T) {
	cfg := config(t)
	sources(t, t.TempDir(), &cfg)
	want := mustBuild(t, cfg)
	if len(want) < 12 {
		t.Errorf("%d files", len(want))
	}
	for _, workers := range []int{1, 7} {
		cfg.Workers, cfg.Out = workers, filepath.Join(t.TempDir(), "out")
		if got := mustBuild(t, cfg); !maps.Equal(got, want) {
			t.Errorf("%d workers give another dataset", workers)
		}
	}
}

// Whenever a build is stopped, with whatever a kill leaves behind, the same call goes on and ends in the same bytes, the manifest's among them.
func TestResume(t *testing.T) {
	cfg := config(t)
	cfg.PerShard = 12
	sources(t, t.TempDir(), &cfg)
	want := mustBuild(t, cfg)
	rapid.Check(t, func(rt *rapid.T) {
		cfg := cfg
		cfg.Out = filepath.Join(t.TempDir(), "out")
		for _, after := range rapid.SliceOfN(rapid.IntRange(0, 200), 0, 3).Draw(rt, "stops") {
			ctx, stop := context.WithCancel(t.Context())
			cfg.Log = &stopper{left: int64(after), stop: stop}
			cfg.make = func(ctx context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error) {
				cfg.Log.Write(nil)
				if ctx.Err() != nil {
					return nil, nil, ctx.Err()
				}
				return zigzag(ctx, smiles, seed)
			}
			_, err := Build(ctx, cfg)
			stop()
			if err != nil && !errors.Is(err, context.Canceled) {
				rt.Fatal(err)
			}
			litter(t, rt, cfg.Out)
		}
		cfg.make, cfg.Log = zigzag, nil
		if got := mustBuild(t, cfg); !maps.Equal(got, want) {
			for name := range want {
				if got[name] != want[name] {
					rt.Errorf("%s differs:\n%.3000s", name, got[name])
				}
			}
			rt.Fatalf("%d files, want %d", len(got), len(want))
		}
	})
}

// litter leaves what a kill may leave behind: files written in part, and a shard that the manifest does not know of yet.
func litter(t *testing.T, rt *rapid.T, dir string) {
	if rapid.Bool().Draw(rt, "manifest in part") {
		write(t, dir, map[string]string{"manifest.json.00000001.part": "{"})
	}
	m, err := readManifest(dir)
	if err != nil || m.Complete {
		return
	}
	next := fmt.Sprintf("conformers-%05d.sdf.gz", m.shardsOf(Conformers))
	if rapid.Bool().Draw(rt, "shard in part") {
		write(t, dir, map[string]string{next + ".00000002.part": "x"})
	}
	if rapid.Bool().Draw(rt, "shard without manifest") && m.Conformers < 50 {
		write(t, dir, map[string]string{next: "another"})
	}
}

// stopper ends the work after some lines of the log or conformers.
type stopper struct {
	left int64
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	if atomic.AddInt64(&s.left, -1) < 0 {
		s.stop()
	}
	return len(p), nil
}

func TestMost(t *testing.T) {
	cfg := config(t)
	sources(t, t.TempDir(), &cfg)
	cfg.Most = 6
	want := mustBuild(t, cfg)
	m, err := Build(t.Context(), cfg)
	if err != nil || m.Conformers != 6 || m.shardsOf(Conformers) != 2 || m.Sources[0].Kept != 6 || m.Sources[1].Items != 0 || !m.Sources[1].Done {
		t.Errorf("%+v, %v", m, err)
	}
	if got := contents(t, cfg.Out); !maps.Equal(got, want) {
		t.Error("a complete dataset was changed")
	}
}

func TestOtherConfigurationIsRefused(t *testing.T) {
	cfg := config(t)
	dir := t.TempDir()
	sources(t, dir, &cfg)
	mustBuild(t, cfg)
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"begun with seed = 1, not 2", func(c *Config) { c.Seed = 2 }},
		{"begun with max_atoms = 45, not 30", func(c *Config) { c.MaxAtoms = 30 }},
		{"begun with 4 sources .*, not 3 ", func(c *Config) { c.SMILES = c.SMILES[:1] }},
		{"begun with the source a.smi as number 1, not b.smi.gz", func(c *Config) { c.SMILES = []string{c.SMILES[1], c.SMILES[0]} }},
		{"begun with other content of the source d;", func(*Config) { write(t, dir, map[string]string{"d/new.sdf": octanol(9)}) }},
		{"begun with other content of the source a.smi;", func(*Config) { write(t, dir, map[string]string{"a.smi": "CCCCCCCCO"}) }},
	} {
		now := cfg
		c.change(&now)
		_, err := Build(t.Context(), now)
		if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want %s", err, c.want)
		}
		if _, isInput := errors.AsType[*chem.InputError](err); !isInput {
			t.Errorf("%v is no error of the user's", err)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"full/notes.txt": "mine", "a.smi": "CCCCCCCCO", "bad.smi": "C\nCI\nx", "d/a.txt": "x", "damaged/manifest.json": "{", "old/manifest.json": `{"format": 99}`})
	for want, change := range map[string]func(*Config){
		"no SMILES and no complexes": func(c *Config) { c.SMILES = nil },
		"none.smi: no such file":     func(c *Config) { c.SMILES = []string{filepath.Join(dir, "none.smi")} },
		"this is no plain file":      func(c *Config) { c.SMILES = []string{dir} },
		"holds no dataset":           func(c *Config) { c.Out = filepath.Join(dir, "full") },
		"manifest.json: damaged":     func(c *Config) { c.Out = filepath.Join(dir, "damaged") },
		"its format is 99":           func(c *Config) { c.Out = filepath.Join(dir, "old") },
		"cannot be made":             func(c *Config) { c.Out = filepath.Join(dir, "a.smi", "x") },
		"lies in the folder":         func(c *Config) { c.Complexes, c.Out = []string{dir}, filepath.Join(dir, "new") },
		"nothing could be kept: 2 × too few heavy atoms, 1 × unreadable SMILES": func(c *Config) { c.SMILES = []string{filepath.Join(dir, "bad.smi")} },
		"nothing could be kept: 1 × file that is neither PDB nor SDF":           func(c *Config) { c.SMILES, c.Complexes = nil, []string{filepath.Join(dir, "d")} },
		"a seed of -1":                 func(c *Config) { c.Seed = -1 },
		"expected at least 1, at most": func(c *Config) { c.MinAtoms = 46 },
	} {
		cfg := config(t)
		cfg.SMILES = []string{filepath.Join(dir, "a.smi")}
		change(&cfg)
		for range 2 { // the second time too
			_, err := Build(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v; want %s", err, want)
			}
		}
	}
}

// A worker that cannot be started ends the build, and what was made stays.
func TestWorkersLost(t *testing.T) {
	cfg := config(t)
	sources(t, t.TempDir(), &cfg)
	lost := errors.New("no worker left")
	made := 0
	cfg.Workers = 1
	cfg.make = func(ctx context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error) {
		if made++; made > 7 {
			return nil, nil, lost
		}
		return zigzag(ctx, smiles, seed)
	}
	if _, err := Build(t.Context(), cfg); !errors.Is(err, lost) {
		t.Error(err)
	}
	if m, err := readManifest(cfg.Out); err != nil || m.Conformers != 6 || m.Complete {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Out, "conformers-00001.sdf.gz")); err != nil {
		t.Error(err)
	}
}
