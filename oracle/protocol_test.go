package oracle

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"keel/chem"
	"keel/supervise"
)

// asked is a request with all that the protocol knows.
type asked struct {
	SDF     string         `json:"sdf"`
	Metrics []string       `json:"metrics"`
	PDBQT   string         `json:"pdbqt,omitempty"`
	Atoms   []int          `json:"atoms,omitempty"`
	Box     map[string]any `json:"box,omitempty"`
}

// talk puts requests to one real worker and gives the scores, with the failures as Error.
func talk(t *testing.T, cfg Config, requests ...asked) []Score {
	t.Helper()
	cfg.Python, _ = FindPython() // needPython has looked
	cfg = cfg.withDefaults()
	staff, err := cfg.staff(nil)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := supervise.Start(t.Context(), staff)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	list := make([]supervise.Request, len(requests))
	for i, r := range requests {
		list[i].Body = r
	}
	answers, err := pool.Do(t.Context(), list, nil)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]Score, len(answers))
	for i, a := range answers {
		if a.Failure != nil {
			t.Fatal(i, a.Failure)
		}
		var said struct {
			Score    Score
			Failures []supervise.Failure
		}
		if err := json.Unmarshal(a.Body, &said); err != nil {
			t.Fatal(err)
		}
		for _, f := range said.Failures {
			said.Score.Error += f.Error()
		}
		scores[i] = said.Score
	}
	return scores
}

func sdfOf(t *testing.T, m *chem.Molecule) string {
	t.Helper()
	var sdf bytes.Buffer
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{m}); err != nil {
		t.Fatal(err)
	}
	return sdf.String()
}

// onVina is a request for metrics of AutoDock Vina itself.
func onVina(t *testing.T, m *chem.Molecule, what ...string) asked {
	t.Helper()
	text, err := chem.LigandPDBQT(m)
	if err != nil {
		t.Fatal(err)
	}
	return asked{SDF: sdfOf(t, m), Metrics: what, PDBQT: string(text.PDBQT), Atoms: text.Atoms}
}

// The docked pose comes back on the record's own atoms.
func TestDockedPose(t *testing.T) {
	cfg := cage(t, 1)
	mols := ligands(t)[1:3]
	var requests []asked
	for _, m := range mols {
		requests = append(requests, onVina(t, m, "vina_dock", "pose_dock"))
	}
	torn, short, bare := requests[0], requests[1], requests[0]
	torn.PDBQT = strings.Replace(torn.PDBQT, "ROOT", "ROOT\nATOM  half", 1)
	short.Atoms = short.Atoms[1:]
	bare.PDBQT, bare.Atoms = "", nil
	all := talk(t, cfg, append(requests, torn, short, bare)...)
	for i, want := range []string{"unreadable PDBQT atom line", "the PDBQT and its list of atoms differ in length", "no PDBQT came"} {
		if s := all[len(requests)+i]; !strings.Contains(s.Error, want) {
			t.Errorf("%q, want %q", s.Error, want)
		}
	}
	var again []asked
	for i, m := range mols {
		poses, bad, err := chem.ParseSDF(strings.NewReader(all[i].PoseDock), "poses")
		if err != nil || len(bad) > 0 || len(poses) != 1 || len(poses[0].Bonds) != len(m.Bonds) || all[i].Error != "" {
			t.Fatalf("%d: %v %v %s", i, err, bad, all[i].Error)
		}
		again = append(again, onVina(t, poses[0], "vina_score_reference"))
	}
	for i, s := range talk(t, cfg, again...) {
		if math.Abs(s.VinaScoreReference-all[i].VinaDock) > 0.2 { // Vina writes poses to three decimals, Keel sets polar hydrogens anew
			t.Errorf("pose %d scores %v, its energy was %v (%s)", i, s.VinaScoreReference, all[i].VinaDock, s.Error)
		}
	}
}

// A molecule's own box is used for it alone; without any, there are no energies.
func TestOwnBoxOfARequest(t *testing.T) {
	cfg := cage(t, 1)
	cfg.Box = chem.Box{} // every molecule has its own
	request := onVina(t, ligands(t)[0], "vina_score_reference", "qed")
	here, elsewhere, far := request, request, request
	here.Box = map[string]any{"center": []float64{0, 0, 0}, "size": []float64{18, 18, 18}}
	elsewhere.Box = map[string]any{"center": []float64{8, 0, 0}, "size": []float64{8, 8, 8}}
	far.Box = map[string]any{"center": []float64{80, 0, 0}, "size": []float64{8, 8, 8}}
	scores := talk(t, cfg, here, elsewhere, here, far, request, here)
	for i, want := range []string{"", "the pose is outside the box", "", "the box is too far from the receptor", "the box is not a box", ""} {
		s := scores[i]
		if want == "" && (s.Error != "" || s.VinaScoreReference != -2.11) ||
			want != "" && (!strings.HasPrefix(s.Error, want) || !math.IsNaN(s.VinaScoreReference)) || math.IsNaN(s.QED) {
			t.Errorf("%d: %v, %v, %q, want %q", i, s.VinaScoreReference, s.QED, s.Error, want)
		}
	}
}
