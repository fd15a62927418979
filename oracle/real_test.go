package oracle

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
)

// needPython skips a test of the real worker where there is none, unless KEEL_TEST_ALL says that nothing may be skipped.
func needPython(t testing.TB) {
	t.Helper()
	if _, err := FindPython(); err != nil {
		if os.Getenv("KEEL_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// cage is the made receptor of testdata/reference.py with its box.
func cage(t testing.TB, workers int) Config {
	t.Helper()
	needPython(t)
	cfg := Config{Workers: workers, Exhaustiveness: 1, ReceptorName: "receptor.pdb", Box: chem.Box{Size: chem.Vec{18, 18, 18}}}
	var err error
	if cfg.Receptor, err = os.ReadFile("testdata/receptor.pdbqt"); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func ligands(t testing.TB) []*chem.Molecule {
	t.Helper()
	mols, bad, err := chem.ReadSDF("testdata/ligands.sdf")
	if err != nil || len(bad) > 0 || len(mols) != 4 {
		t.Fatal(len(mols), bad, err)
	}
	return mols
}

// Every figure equals that of the reference programs, as testdata/reference.py runs them.
func TestReference(t *testing.T) {
	pool := startFake(t, cage(t, 1))
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []Score
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got, err := pool.Score(t.Context(), ligands(t), Table|DockPose|VinaScoreReference|VinaMinReference, nil)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := cmpopts.IgnoreFields(Score{}, "Strain", "Clashes", "Valid", "Connected", "TPSA", "Weight", "HBD", "HBA", "Rotatable",
		"Lipinski", "Alerts", "AlertNames", "Similarity", "Efficiency", "RingSizes", "VinaScoreReference", "VinaMinReference", "PoseDock", "PBFailed",
		"RelaxRMSD", "RelaxMax", "StrainRaw", "VinaScoreRaw", "PoseRelax", "QuickDock")
	if d := cmp.Diff(want, got, elsewhere, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Error(d)
	}
	for _, s := range got {
		if !s.Valid || !s.Connected || !(s.Strain >= 0) || !(s.Clashes >= 0) || s.VinaScoreReference != s.VinaScore ||
			s.VinaMinReference != s.VinaMin {
			t.Errorf("%+v", s)
		}
	}
	for i, failed := range []string{"none", "none", "none", "minimum_distance_to_protein"} {
		if got[i].PBFailed != failed {
			t.Errorf("%s fails the tests %q, want %q", got[i].Name, got[i].PBFailed, failed)
		}
	}
	if got[3].Clashes == 0 {
		t.Error("the macrocycle, with a Vina score above 0, clashes with nothing")
	}
}

// What needs no pose equals what RDKit says of the SMILES, with one worker for the lot, and needs no receptor.
func TestFlatReference(t *testing.T) {
	needPython(t)
	mols, bad, err := chem.ReadSDF("testdata/flat.sdf")
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	text, err := os.ReadFile("testdata/flat.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []Score
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	// The references of reference.py.
	pool := startFake(t, Config{Workers: 1, References: []string{"CC(=O)Nc1ccc(O)cc1", "OC(=O)Cc1c[nH]c2ccccc12"}})
	what := (Descriptors | Alerts | Similarity | Fingerprint) &^ Quick &^ LogP
	got, err := pool.Score(t.Context(), mols, what, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := cmpopts.IgnoreFields(Score{}, "SMILES", "Atoms", "Valid", "Connected")
	if d := cmp.Diff(want, got, read, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	// From the literature, not from RDKit: the polar surface of catechol (Ertl), the weight of glucose, quinones among the PAINS.
	if math.Abs(got[1].TPSA-40.46) > 1e-9 || math.Abs(got[4].Weight-180.156) > 1e-3 || got[4].HBD != 5 || got[4].Lipinski != 4 ||
		!strings.Contains(got[0].AlertNames, "quinone_A") {
		t.Errorf("%+v", got)
	}
}

// Alerts are counted in the catalogues that were named; what cannot be computed is a counted failure of the same words.
func TestSubstructureFailures(t *testing.T) {
	needPython(t)
	for _, c := range []struct {
		cfg    Config
		alerts float64
		why    string
	}{
		{Config{Alerts: []string{"PAINS_A"}}, 0, "no reference molecules were given for the similarity"},
		{Config{Alerts: []string{"NIH", "BRENK"}, References: []string{"CO", "C(C"}}, 3, "RDKit does not read a reference molecule: C(C"},
		{Config{Alerts: []string{"PAIN"}, References: []string{"CO"}}, math.NaN(), "there is no such catalogue of alerts: PAIN; RDKit has ALL, BRENK,"},
	} {
		c.cfg.Workers = 1
		mols, _, err := chem.ReadSDF("testdata/flat.sdf")
		if err != nil {
			t.Fatal(err)
		}
		scores, err := startFake(t, c.cfg).Score(t.Context(), mols[3:4], Alerts|Similarity, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := scores[0]; s.Alerts != c.alerts && !(math.IsNaN(s.Alerts) && math.IsNaN(c.alerts)) || !strings.HasPrefix(s.Error, c.why) {
			t.Errorf("%v: %v alerts, %q", c.cfg.Alerts, s.Alerts, s.Error)
		}
	}
}

// Vina's score of a rigid ligand is the published sum (Trott and Olson 2010): computed here from the coordinates.
func TestVinaIsThePublishedFormula(t *testing.T) {
	cfg := cage(t, 1)
	cfg.Receptor = nil
	type site struct {
		kind string
		pos  chem.Vec
	}
	sites := []site{{"C", chem.Vec{0.5, 0.2, 3.7}}, {"C", chem.Vec{-5.2, 0, 0.3}}, {"OA", chem.Vec{1, -4.6, 1}}, {"N", chem.Vec{4.1, 0.2, 0.1}},
		{"HD", chem.Vec{3.1, 0.1, 0}}, {"C", chem.Vec{0, 4.5, -2}}}
	for i, s := range sites {
		cfg.Receptor = fmt.Appendf(cfg.Receptor, "ATOM  %5d  %-3s LIG A   1    %8.3f%8.3f%8.3f  1.00  0.00    +0.000 %s\n",
			i+1, s.kind[:1], s.pos[0], s.pos[1], s.pos[2], s.kind)
	}
	pool := startFake(t, cfg)
	pyridine := hexagon(7) // its nitrogen points at the receptor's N-H
	scores, err := pool.Score(t.Context(), []*chem.Molecule{pyridine}, VinaScore, nil)
	if err != nil {
		t.Fatal(err)
	}
	radius := map[string]float64{"C": 1.9, "N": 1.8, "OA": 1.7}
	want := 0.0
	for i, a := range pyridine.Atoms {
		own, hydrophobic := 1.9, i == 2 || i == 3 || i == 4 // carbons beside the nitrogen are polar
		if i == 0 {
			own = 1.8
		}
		for _, s := range sites {
			if s.kind == "HD" {
				continue
			}
			want += vinaPair(a.Pos.Dist(s.pos)-own-radius[s.kind], hydrophobic && s.kind == "C", i == 0 && s.kind == "N")
		}
	}
	if s := scores[0]; s.Error != "" || math.Abs(s.VinaScore-want) > 2e-3 || math.Abs(want) < 0.5 {
		t.Errorf("Vina says %v (%s), the formula %.4f", s.VinaScore, s.Error, want)
	}
}

// vinaPair is Vina's energy of two atoms whose surfaces are d Å apart.
func vinaPair(d float64, hydrophobic, hbond bool) float64 {
	e := -0.035579*math.Exp(-d*d/0.25) - 0.005156*math.Exp(-(d-3)*(d-3)/4) + 0.840245*math.Pow(math.Min(d, 0), 2)
	if hydrophobic {
		e -= 0.035069 * math.Max(0, math.Min(1, 1.5-d))
	}
	if hbond {
		e -= 0.587439 * math.Max(0, math.Min(1, -d/0.7))
	}
	return e
}

// hexagon is an aromatic ring of 1.39 Å around the origin, its first atom as given, the others carbon.
func hexagon(first chem.Element) *chem.Molecule {
	m := &chem.Molecule{Name: "ring"}
	for i := range 6 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 3)
		m.Atoms = append(m.Atoms, chem.Atom{Element: 6, Pos: chem.Vec{1.39 * cos, 1.39 * sin, 0}})
		m.Bonds = append(m.Bonds, chem.Bond{A: min(i, (i+1)%6), B: max(i, (i+1)%6), Order: 1 + i%2})
	}
	m.Atoms[0].Element = first
	return m
}

// The number of workers and what was scored before change nothing.
func TestDeterminism(t *testing.T) {
	mols := ligands(t)[1:3]
	var runs [][]Score
	for _, workers := range []int{1, 2} {
		pool := startFake(t, cage(t, workers))
		scores, err := pool.Score(t.Context(), mols, Quick|Strain|VinaDock|MinPose|Depiction, nil)
		if err != nil {
			t.Fatal(err)
		}
		pool.salt = nil // other keys, so that the cache knows nothing
		for i, m := range slices.Backward(mols) {
			again, err := pool.Score(t.Context(), []*chem.Molecule{m}, VinaDock, nil) // on as many threads as there are workers
			if err != nil {
				t.Fatal(err)
			}
			if again[0].VinaDock != scores[i].VinaDock {
				t.Errorf("%s docks to %v after other metrics and to %v alone", m.Name, scores[i].VinaDock, again[0].VinaDock)
			}
		}
		runs = append(runs, scores)
	}
	if d := cmp.Diff(runs[0], runs[1], cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

// The minimised pose is the same molecule elsewhere: scored as it is, it has the energy that the minimisation found.
func TestMinPose(t *testing.T) {
	pool := startFake(t, cage(t, 1))
	mols := ligands(t)
	scores, err := pool.Score(t.Context(), mols, MinPose|Depiction, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		poses, bad, err := chem.ParseSDF(strings.NewReader(s.PoseMin), "pose")
		if err != nil || len(bad) > 0 || len(poses) != 1 {
			t.Fatalf("%s: %v %v\n%s", s.Name, err, bad, s.PoseMin)
		}
		pose := poses[0]
		if d := cmp.Diff(mols[i].Bonds, pose.Bonds); d != "" || pose.Name != mols[i].Name || len(pose.Atoms) != len(mols[i].Atoms) {
			t.Errorf("%s: another molecule: %s", s.Name, d)
		}
		again, err := pool.Score(t.Context(), poses, VinaScore, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Vina minimises on grids, and a polar hydrogen is set anew, hence the tolerance.
		if math.Abs(again[0].VinaScore-s.VinaMin) > 0.15 || pose.Atoms[0].Pos == mols[i].Atoms[0].Pos {
			t.Errorf("%s: minimised to %v, its pose scores %v", s.Name, s.VinaMin, again[0].VinaScore)
		}
		if !strings.HasPrefix(s.Depiction, "<svg") || !strings.Contains(s.Depiction, "width='300px' height='220px'") {
			t.Errorf("%s: picture %.80q", s.Name, s.Depiction)
		}
	}
}

func TestClashesAgainstTheDefinition(t *testing.T) {
	cfg := cage(t, 1)
	radius := map[byte]float64{'C': 1.7, 'N': 1.6, 'O': 1.55} // RDKit's
	var mols []*chem.Molecule
	for _, m := range ligands(t)[:3] {
		for shift := range 4 {
			moved := m.Subset([]int{0, 1, 2, 3, 4})
			for i := range moved.Atoms {
				moved.Atoms[i].Pos[1] -= float64(shift) * 1.5
			}
			mols = append(mols, moved)
		}
	}
	scores, err := startFake(t, cfg).Score(t.Context(), mols, Clashes, nil)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for i, m := range mols {
		want := 0
		for _, a := range m.Atoms {
			for line := range strings.Lines(string(cfg.Receptor)) {
				var p chem.Vec
				for k := range p {
					p[k], _ = strconv.ParseFloat(strings.TrimSpace(line[30+8*k:38+8*k]), 64)
				}
				if a.Pos.Dist(p) < 0.75*(radius[line[13]]+radius[a.Element.String()[0]]) {
					want++
					break
				}
			}
		}
		total += want
		if s := scores[i]; s.Clashes != float64(want) {
			t.Errorf("%s, shifted %d: %v clashes, want %d (%s)", m.Name, i%4, s.Clashes, want, s.Error)
		}
	}
	if total == 0 {
		t.Error("no case with a clash")
	}
}
