package oracle

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
)

// One that fails takes none of the others with it, ends no worker and never scores 0.
func TestWhatCannotBeScored(t *testing.T) {
	pool := startFake(t, cage(t, 1))
	ring := func(change func(m *chem.Molecule)) *chem.Molecule {
		m := hexagon(6)
		change(m)
		return m
	}
	cases := []struct {
		mol              *chem.Molecule
		want             string
		valid, connected bool
		vina, qed        bool
	}{
		{ring(func(*chem.Molecule) {}), "", true, true, true, true},
		{ring(func(m *chem.Molecule) {
			for i := range m.Atoms {
				m.Atoms[i].Pos[0] += 30
			}
		}), "the pose is outside the box", true, true, false, true},
		{ring(func(m *chem.Molecule) {
			m.Atoms = append(m.Atoms, chem.Atom{Element: 6, Pos: chem.Vec{0, 0, 4}})
		}), "not connected: 2 fragments", true, false, false, true},
		{ring(func(m *chem.Molecule) { m.Bonds[0].Order, m.Bonds[1].Order = 3, 3 }), "does not sanitise", false, true, false, false},
		{ring(func(m *chem.Molecule) { m.Atoms[1].Pos = m.Atoms[0].Pos }), "atoms coincide: 0.000 Å apart", true, true, false, true},
		{ring(func(m *chem.Molecule) {
			m.Atoms = append(m.Atoms, chem.Atom{Element: 14, Pos: chem.Vec{0, 3.2, 0}})
			m.Bonds = append(m.Bonds, chem.Bond{A: 1, B: 6, Order: 1})
		}), "", true, true, true, true},
		{ring(func(m *chem.Molecule) { m.Atoms[3].Pos[2] = 123456 }), "not to be written as SDF", false, false, false, false},
	}
	var mols []*chem.Molecule
	for _, c := range cases {
		mols = append(mols, c.mol)
	}
	scores, err := pool.Score(t.Context(), mols, Quick, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		s := scores[i]
		if !strings.HasPrefix(s.Error, c.want) || s.Valid != c.valid || s.Connected != c.connected ||
			!math.IsNaN(s.VinaScore) != c.vina || !math.IsNaN(s.VinaMin) != c.vina || !math.IsNaN(s.QED) != c.qed || s.VinaScore == 0 {
			t.Errorf("case %d: %+v", i, s)
		}
	}
	if st := pool.Stats(); st.Restarts != 0 {
		t.Errorf("a worker died: %+v", st)
	}
}

func TestRealWorkerKilledInMidBatch(t *testing.T) {
	needPython(t)
	const what = QED | SA | Strain
	pool := startFake(t, Config{Workers: 2})
	var mols []*chem.Molecule
	for shift := range 4 {
		for _, m := range ligands(t) {
			for i := range m.Atoms {
				m.Atoms[i].Pos[0] += float64(shift)
			}
			mols = append(mols, m)
		}
	}
	want, err := pool.Score(t.Context(), mols, what, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool.Close()
	pool = startFake(t, Config{Workers: 2}) // which remembers nothing
	kills := 0
	got, err := pool.Score(t.Context(), mols, what, func(done, _ int) {
		if done == 4 { // once only: a request that is killed twice is given up
			for _, pid := range children(t) {
				if syscall.Kill(pid, syscall.SIGKILL) == nil {
					kills++
				}
			}
		}
	})
	if err != nil || kills == 0 {
		t.Fatal(err, kills)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	if st := pool.Stats(); st.Requests != 16 || st.Hits != 0 || st.Restarts == 0 {
		t.Errorf("%+v", st)
	}
}

// children are the running processes that this one started.
func children(t *testing.T) (pids []int) {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may be gone by now
		for word := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestReceptorOrBoxAtFault(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"the box is too far from the receptor": func(c *Config) { c.Box.Center = chem.Vec{0, 0, 99} },
		"the receptor has no atoms":            func(c *Config) { c.Receptor = []byte("REMARK\n") },
		"the box is not a box":                 func(c *Config) { c.Box.Size[2] = 0 },
		"this atom line is cut short":          func(c *Config) { c.Receptor = append(c.Receptor, "ATOM  half a l\n"...) },
		"is not a finite number": func(c *Config) {
			c.Receptor = append(c.Receptor, "ATOM     99  C   ALA A   1         nan   0.000   0.000  1.00  0.00    +0.000 C\n"...)
		},
		"Vina does not know the atom type": func(c *Config) {
			c.Receptor = append(c.Receptor, "ATOM     99  C   ALA A   1       0.000   0.000   0.000  1.00  0.00    +0.000 Qq\n"...)
		},
	} {
		cfg := cage(t, 1)
		change(&cfg)
		_, err := Start(t.Context(), cfg)
		var bad *chem.InputError
		if !errors.As(err, &bad) || bad.File != "receptor.pdb" || !strings.Contains(bad.Problem, want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	cfg := cage(t, 1)
	cfg.MemoryMiB = 64
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "a worker") || strings.Contains(err.Error(), "\n") {
		t.Errorf("with 64 MiB: %v", err)
	}
}

func TestWithoutReceptor(t *testing.T) {
	needPython(t)
	pool := startFake(t, Config{Workers: 1})
	scores, err := pool.Score(t.Context(), ligands(t), QED|SA|LogP|Strain, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scores {
		if s.Error != "" || math.IsNaN(s.QED) || math.IsNaN(s.SA) || math.IsNaN(s.Strain) || !math.IsNaN(s.VinaScore) {
			t.Errorf("%+v", s)
		}
	}
}

func TestVersions(t *testing.T) {
	needPython(t)
	found, err := Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"python"}, packages...) {
		if found[name] == "" {
			t.Errorf("no version of %s in %v", name, found)
		}
	}
}
