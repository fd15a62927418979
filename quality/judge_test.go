package quality

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
)

// read is a molecule of a SMILES, its atoms on a helix.
func read(t testing.TB, smiles string, props ...chem.Prop) *chem.Molecule {
	t.Helper()
	m, err := chem.ParseSMILES(smiles)
	if err != nil {
		t.Fatal(err)
	}
	m = placed(m)
	m.Name, m.Props = smiles, props
	return m
}

func strict(value string) chem.Prop { return chem.Prop{Key: StrictProp, Value: value} }

// entry is a molecule with energies, passed by PoseBusters unless it fails tests.
func entry(m *chem.Molecule, score, least, strain float64, failed string) evaluate.Entry {
	s := Unscored(m)
	s.VinaScore, s.VinaMin, s.Strain, s.QED = score, least, strain, 0.5
	pass := failed == "none"
	s.PBValid, s.PBFailed = &pass, failed
	return evaluate.Entry{Molecule: m, Score: s}
}

// random is a molecule of which the energy at a random place alone is known.
func random(m *chem.Molecule, least float64, why string) evaluate.Entry {
	s := Unscored(m)
	s.VinaMin, s.Error = least, why
	return evaluate.Entry{Molecule: m, Score: s}
}

// example has two pockets with molecules, and one without: in the first benzene twice, toluene and cyclopropane in one record with water; in the second
// benzene, and what is no molecule. One more was asked for in each.
func example(t testing.TB) ([]Pocket, *Training) {
	benzene, toluene, propane := read(t, "c1ccccc1", strict("1")), read(t, "Cc1ccccc1", strict("0")), read(t, "C1CC1.O")
	bad := evaluate.Entry{Molecule: read(t, "CC", strict("0")), Score: oracle.Score{VinaScore: nan, VinaMin: nan, QED: nan, Error: "does not sanitise: too many bonds"}}
	said := evaluate.Entry{Molecule: read(t, "CC", chem.Prop{Key: RejectedProp, Value: "a ring too many"}), Score: oracle.Score{VinaScore: nan, VinaMin: nan, QED: nan}}
	reference := read(t, "CCO")
	first := Pocket{Seconds: 2, Target: evaluate.Target{Name: "a", Reference: entry(reference, -3, -4, 2, "none"), Asked: 5, Molecules: []evaluate.Entry{
		entry(benzene, -2, -5, 10, "none"), entry(benzene, -3, -6, 20, "bond_angles;bond_lengths"), entry(toluene, 5, -7, 60, "bond_angles"),
		{Molecule: propane, Score: Unscored(propane)},
	}}}
	first.Random = []evaluate.Entry{random(benzene, -1, ""), random(benzene, -2, ""), random(toluene, nan, "the pose is outside the box")}
	second := Pocket{Seconds: 3, Target: evaluate.Target{Name: "b", Reference: entry(reference, -5, -6, 4, "bond_angles"), Asked: 4, Molecules: []evaluate.Entry{
		entry(benzene, -8, -9, 30, "none"), bad, said,
	}}}
	empty := Pocket{Target: evaluate.Target{Name: "c", Reference: entry(reference, -4, -5, 3, "none")}}
	training := &Training{Keys: map[string]bool{benzene.Key(): true}, Records: 2,
		Sample: []evaluate.Entry{{Molecule: benzene, Score: Unscored(benzene)}, {Molecule: reference, Score: Unscored(reference)}}}
	return []Pocket{first, second, empty}, training
}

func same(got, want float64) bool {
	return math.Abs(got-want) < 1e-9 || math.IsNaN(got) && math.IsNaN(want)
}

func TestFiguresByHand(t *testing.T) {
	pockets, training := example(t)
	r := Judge(pockets, training, Settings{})
	by := map[string]Line{}
	for _, l := range r.Lines {
		by[l.Key] = l
	}
	for _, c := range []struct {
		key, row string
		value    float64
		of       int
	}{
		{"valid", Model, 5. / 9, 9},
		{"connected", Model, 4. / 9, 9},
		{"strict", Model, 3. / 5, 5},         // of benzene three times, toluene, and the one that is no molecule
		{"unique", Model, 3. / 4, 4},         // two in the first pocket, one in the second
		{"unique_overall", Model, 2. / 4, 4}, // benzene and toluene
		{"novel", Model, 1. / 4, 4},
		{"novel", Reference, 1, 3},
		{"atoms", Model, 25. / 4, 4},
		{"atoms", Trained, 4.5, 2},
		{"qed", Model, 0.5, 4},
		{"aromatic", Model, 24. / 25, 25},
		{"aromatic", Trained, 6. / 9, 9},
		{"rings", Model, 1, 4},
		{"odd_rings", Model, 0, 4},
		{"pb_valid", Model, 0.5, 4},
		{"pb_valid", Reference, 2. / 3, 3},
		{"strain_median", Model, 25, 4},
		{"strain_median", Reference, 3, 3},
		{"vina_score_mean", Model, -2, 4},
		{"vina_score_median", Model, -2.5, 4},
		{"vina_min_mean", Model, -27. / 4, 4},
		{"vina_min_median", Model, -6.5, 4},
		{"vina_min_mean", Random, -1.5, 2},
		{"vina_min_median", Reference, -5, 3},
		{"efficiency_median", Model, -1, 4}, // -5/6, -1, -1, -9/6
	} {
		if got := by[c.key].By[c.row]; !same(got.Value, c.value) || got.Of != c.of {
			t.Errorf("%s of the %s is %v of %d, want %v of %d", c.key, c.row, got.Value, got.Of, c.value, c.of)
		}
	}
	if sd := by["vina_min_mean"].By[Model].SD; !same(sd, math.Sqrt(((1.75*1.75)+(0.75*0.75)+(0.25*0.25)+(2.25*2.25))/3)) {
		t.Errorf("deviation %v", sd)
	}
	for _, absent := range [][2]string{{"sa", Model}, {"qed", Trained}, {"pb_valid", Relaxed}, {"atoms", Random}} {
		if m, ok := by[absent[0]].By[absent[1]]; ok {
			t.Errorf("%s of the %s is %+v, want none", absent[0], absent[1], m)
		}
	}
}

func TestReasonsAndRingsByHand(t *testing.T) {
	pockets, training := example(t)
	r := Judge(pockets, training, Settings{})
	want := []Reason{{Reason: "no readable record", Count: 2}, {Reason: "a ring too many", Count: 1}, {Reason: "does not sanitise", Count: 1},
		{Reason: "in more than one piece", Count: 1}}
	if !slices.Equal(r.Rejected, want) {
		t.Errorf("rejected %v, want %v", r.Rejected, want)
	}
	if len(r.Missing) > 0 || len(r.Unplaced) != 1 || r.Unplaced[0].Reason != "the pose is outside the box" {
		t.Errorf("missing %v, at random %v", r.Missing, r.Unplaced)
	}
	if len(r.PoseBusters) != 2 || r.PoseBusters[0].Name != "bond_angles" || !same(r.PoseBusters[0].By[Model].Value, 0.5) ||
		!same(r.PoseBusters[0].By[Reference].Value, 1./3) || !same(r.PoseBusters[1].By[Model].Value, 0.25) {
		t.Errorf("%+v", r.PoseBusters)
	}
	six := r.Rings[3]
	if six.Size != "6" || six.By[Model].Value != 1 || six.By[Model].Of != 4 || six.By[Trained].Of != 1 || six.By[Reference].Of != 0 {
		t.Errorf("%+v", six)
	}
	if d := r.RingSizes[Model]; d.Distance != 0 || d.N != 4 || d.Other != 1 {
		t.Errorf("ring sizes are apart %+v", d)
	}
	if r.Empty != 1 || r.Sampled != 9 || r.Seconds != 5 || r.Against != Reference {
		t.Errorf("%d empty, %d in %v s, against %s", r.Empty, r.Sampled, r.Seconds, r.Against)
	}
	p := r.Pockets[0]
	if p.Connected != 3 || p.Low != 6 || p.High != 7 || !same(p.Atoms, 19./3) || !same(p.VinaMin, -6) || !same(p.Random, -1.5) || p.Reference != -4 || p.RefAtoms != 3 {
		t.Errorf("%+v", p)
	}
}

func TestCommonKinds(t *testing.T) {
	within, common, average := Within([]evaluate.KindDistance{
		{Kind: "C-C", Distance: 0.2, Chance: 0.05}, {Kind: "C=O", Distance: 0.4, Chance: 0.15}, {Kind: "N-S", Distance: 0.8, Chance: 0.6},
		{Kind: "C-F", Distance: nan, Chance: nan},
	})
	if within != 1 || common != 2 || !same(average, 0.3) {
		t.Errorf("%d of %d within, mean %v", within, common, average)
	}
}

// Nothing at all is a report too, and has no numbers that JSON lacks.
func TestOutputs(t *testing.T) {
	pockets, training := example(t)
	for name, r := range map[string]*Report{"example": Judge(pockets, training, Settings{Model: "m", Training: []string{"t"}}), "nothing": Judge(nil, nil, Settings{})} {
		var text, js bytes.Buffer
		if err := WriteText(&text, r); err != nil {
			t.Fatal(name, err)
		}
		if err := WriteJSON(&js, r); err != nil {
			t.Fatal(name, err)
		}
		if strings.Contains(text.String(), "NaN") || !json.Valid(js.Bytes()) {
			t.Errorf("%s: %s\n%s", name, text.String(), js.String())
		}
	}
	var table bytes.Buffer
	if err := WriteMolecules(&table, pockets, training); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 11 {
		t.Fatalf("%d rows, want a header, 3 references and 7 molecules", len(rows))
	}
	n := len(rows[0])
	for at, want := range map[int][]string{0: {"vina_min_random", "strict", "novel"}, 2: {"-1", "1", "false"}, 4: {"", "0", "true"}, 5: {"", "", ""}} {
		if got := rows[at][n-3:]; !slices.Equal(got, want) {
			t.Errorf("row %d ends in %v, want %v", at, got, want)
		}
	}
	path := filepath.Join(t.TempDir(), "quality")
	if err := Draw(path, pockets, training); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".png"); err != nil {
		t.Error(err)
	}
	if err := Draw(path+"2", nil, nil); err != nil {
		t.Error(err)
	}
}
