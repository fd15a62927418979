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

// Keel's own PDBQT stands in for Meeko's: the same energies, and poses mapped back to the record's atoms.
func TestOwnPDBQT(t *testing.T) {
	cfg := cage(t, 1)
	what := []string{"vina_score_reference", "vina_min_reference", "pose_min", "pose_dock", "vina_dock"}
	var requests []asked
	mols := ligands(t)[1:3]
	for _, m := range mols {
		text, err := chem.LigandPDBQT(m)
		if err != nil {
			t.Fatal(err)
		}
		requests = append(requests, asked{SDF: sdfOf(t, m), Metrics: what},
			asked{SDF: sdfOf(t, m), Metrics: what, PDBQT: string(text.PDBQT), Atoms: text.Atoms})
	}
	torn, short := requests[1], requests[3]
	torn.PDBQT = strings.Replace(torn.PDBQT, "ROOT", "ROOT\nATOM  half", 1)
	short.Atoms, short.Metrics = short.Atoms[1:], []string{"pose_min"}
	all := talk(t, cfg, append(requests, torn, short)...)
	for i, want := range []string{"unreadable PDBQT atom line", "the PDBQT and its list of atoms differ in length"} {
		if s := all[len(requests)+i]; !strings.Contains(s.Error, want) {
			t.Errorf("%q, want %q", s.Error, want)
		}
	}
	scores := all[:len(requests)]
	var again []asked
	for i, s := range scores {
		if s.Error != "" || i%2 == 1 && math.Abs(s.VinaScoreReference-scores[i-1].VinaScoreReference) > 0.05 {
			t.Errorf("%d: %v (%s), with Meeko's PDBQT %v", i, s.VinaScoreReference, s.Error, scores[i-i%2].VinaScoreReference)
		}
		poses, bad, err := chem.ParseSDF(strings.NewReader(s.PoseMin+s.PoseDock), "poses")
		if err != nil || len(bad) > 0 || len(poses) != 2 || len(poses[0].Bonds) != len(mols[i/2].Bonds) {
			t.Fatalf("%d: %v %v", i, err, bad)
		}
		for _, pose := range poses {
			again = append(again, asked{SDF: sdfOf(t, pose), Metrics: []string{"vina_score"}})
		}
	}
	for i, s := range talk(t, cfg, again...) {
		// Vina searches and minimises on grids and Meeko sets a polar hydrogen anew, hence the tolerance.
		want := [2]float64{scores[i/2].VinaMin, scores[i/2].VinaDock}[i%2]
		if math.Abs(s.VinaScore-want) > 0.2 {
			t.Errorf("pose %d scores %v, its energy was %v (%s)", i, s.VinaScore, want, s.Error)
		}
	}
}

// A molecule's own box is used for it alone; without any, there are no energies.
func TestOwnBox(t *testing.T) {
	cfg := cage(t, 1)
	cfg.Box = chem.Box{} // every molecule has its own
	request := asked{SDF: sdfOf(t, ligands(t)[0]), Metrics: []string{"vina_score", "qed"}}
	here, elsewhere, far := request, request, request
	here.Box = map[string]any{"center": []float64{0, 0, 0}, "size": []float64{18, 18, 18}}
	elsewhere.Box = map[string]any{"center": []float64{8, 0, 0}, "size": []float64{8, 8, 8}}
	far.Box = map[string]any{"center": []float64{80, 0, 0}, "size": []float64{8, 8, 8}}
	scores := talk(t, cfg, here, elsewhere, here, far, request, here)
	for i, want := range []string{"", "the pose is outside the box", "", "the box is too far from the receptor", "the box is not a box", ""} {
		s := scores[i]
		if want == "" && (s.Error != "" || s.VinaScore != -2.11) || want != "" && (!strings.HasPrefix(s.Error, want) || !math.IsNaN(s.VinaScore)) ||
			math.IsNaN(s.QED) {
			t.Errorf("%d: %v, %v, %q, want %q", i, s.VinaScore, s.QED, s.Error, want)
		}
	}
}
