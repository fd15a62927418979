package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
	"keel/supervise"
)

func TestScoreKeepsOrderForAnyNumberOfWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		pool := startFake(t, fake("plain", workers))
		calls := 0
		scores, err := pool.Score(t.Context(), numbered("good", 40), QED, func(done, total int) {
			calls++
			if done != calls || total != 40 {
				t.Errorf("progress(%d, %d) on call %d", done, total, calls)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range scores {
			if s.QED != float64(i+1) || s.Name != fmt.Sprintf("good %d", i+1) || s.Error != "" || !math.IsNaN(s.SA) {
				t.Errorf("%d workers, molecule %d: %+v", workers, i+1, s)
			}
		}
		if st := pool.Stats(); calls != 40 || st.Requests != 40 || st.Restarts != 0 || len(st.Failures) != 0 || st.Steps["qed"] != 20 {
			t.Errorf("%d workers: %d calls of progress, %+v", workers, calls, st)
		}
	}
}

func TestPoisonIsACountedFailure(t *testing.T) {
	for deed, why := range map[string]string{
		"die":        "a worker died: exit status 3: last words",
		"rubbish":    "a worker answered rubbish: invalid character 'S' looking for beginning of value",
		"empty":      "a worker answered rubbish: no score for the molecule asked for",
		"other type": "a worker answered rubbish: json: cannot unmarshal string into Go value of type float64",
		"hang":       "a worker did not answer in time: 300ms",
	} {
		t.Run(deed, func(t *testing.T) {
			t.Parallel()
			cfg := fake("plain", 1)
			if deed == "hang" {
				cfg.Timeout = 300 * time.Millisecond
			}
			pool := startFake(t, cfg)
			poison := molecule(deed, 2)
			scores, err := pool.Score(t.Context(), []*chem.Molecule{molecule("good", 1), poison, molecule("good", 3)}, QED, nil)
			if err != nil {
				t.Fatal(err)
			}
			if bad := scores[1]; bad.Error != "given up after a second worker: "+why || !math.IsNaN(bad.QED) || bad.Name != poison.Name {
				t.Errorf("the poison: %q, QED %v", bad.Error, bad.QED)
			}
			if scores[0].QED != 1 || scores[2].QED != 3 {
				t.Errorf("its neighbours: %+v, %+v", scores[0], scores[2])
			}
			if scores, err = pool.Score(t.Context(), []*chem.Molecule{poison}, QED, nil); err != nil || scores[0].Error != "on the poison list: "+why {
				t.Errorf("again: %+v, %v", scores, err)
			}
			reason, _, _ := strings.Cut(why, ": ")
			if st := pool.Stats(); st.Requests != 4 || st.Restarts != 2 || len(st.Failures) != 2 ||
				st.Failures["given up after a second worker: "+reason] != 1 || st.Failures["on the poison list: "+reason] != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAFigureThatIsMissingHasAReason(t *testing.T) {
	pool := startFake(t, fake("plain", 1))
	scores, err := pool.Score(t.Context(), []*chem.Molecule{molecule("no figure", 1), molecule("flawed", 2)}, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a worker gave no figure and no reason", "atoms coincide: 0.000 apart"} {
		if s := scores[i]; s.Error != want || !math.IsNaN(s.QED) || !s.Valid {
			t.Errorf("%+v, want %q", s, want)
		}
	}
}

func TestAWorkersDeathIsNotTheMoleculesFailure(t *testing.T) {
	cfg := fake("plain", 2)
	cfg.command = append(cfg.command, filepath.Join(t.TempDir(), "died"))
	pool := startFake(t, cfg)
	mols := numbered("good", 9)
	mols[4] = molecule("die once", 5)
	scores, err := pool.Score(t.Context(), mols, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		if s.Error != "" || s.QED != float64(i+1) {
			t.Errorf("molecule %d: %+v", i+1, s)
		}
	}
	if st := pool.Stats(); st.Restarts != 1 || len(st.Failures) != 0 {
		t.Errorf("%+v", st)
	}
}

func TestCancelKeepsWhatWasAnswered(t *testing.T) {
	pool := startFake(t, fake("plain", 2))
	ctx, cancel := context.WithCancel(t.Context())
	mols := append(numbered("good", 3), numbered("hang", 5)...)
	scores, err := pool.Score(ctx, mols, QED, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if scores[0].QED != 1 || scores[7].Error != "not scored" || scores[7].Name != "hang 5" || !math.IsNaN(scores[7].QED) {
		t.Errorf("partial scores: %+v", scores)
	}
	if again, err := pool.Score(t.Context(), numbered("good", 5), QED, nil); err != nil || again[4].QED != 5 {
		t.Errorf("after the cancellation: %+v, %v", again, err)
	}
}

func TestStartFailuresAreOneLine(t *testing.T) {
	absent := fake("plain", 2)
	absent.command = []string{filepath.Join(t.TempDir(), "python")}
	silent := fake("plain", 2)
	silent.command = []string{"/bin/sh", "-c", "echo out of luck >&2; exit 7"}
	babbling := fake("plain", 2)
	babbling.command = []string{"/bin/sh", "-c", "echo usage: python; cat >/dev/null"}
	for want, cfg := range map[string]Config{
		"no such file or directory":                       absent,
		"a worker died: exit status 7: out of luck":       silent,
		"a worker did not start: invalid character 'u'":   babbling,
		"a worker cannot score: No module named 'vina'; ": fake("refuse", 2),
		"-1 workers": {Workers: -1},
	} {
		_, err := Start(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, want)
		}
		if cfg.Workers > 0 && !strings.HasSuffix(err.Error(), "; "+remedy) {
			t.Errorf("%v does not say what to do", err)
		}
	}
}

// A worker that starts once and never again: the pool says so instead of waiting for ever.
func TestNoWorkerLeft(t *testing.T) {
	cfg := fake("once", 1)
	cfg.command = append(cfg.command, filepath.Join(t.TempDir(), "started"))
	pool := startFake(t, cfg)
	scores, err := pool.Score(t.Context(), append(numbered("good", 1), numbered("die", 2)...), QED, nil)
	if err == nil || err.Error() != "a worker did not start: a worker died: exit status 4; "+remedy ||
		scores[0].QED != 1 || scores[2].Error != "not scored" {
		t.Errorf("%v, %+v", err, scores)
	}
	if _, err := pool.Score(t.Context(), numbered("good", 2), QED, nil); err == nil {
		t.Error("a pool without workers scores")
	}
}

func TestScoreRefuses(t *testing.T) {
	pool := startFake(t, fake("plain", 1))
	for what, want := range map[Metrics]string{
		VinaScore | QED:    "vina_score: no receptor was given",
		Interactions | QED: "interactions: no protein was given",
	} {
		if _, err := pool.Score(t.Context(), nil, what, nil); err == nil || err.Error() != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	far := molecule("good", 1)
	far.Atoms[0].Pos[1] = math.NaN()
	scores, err := pool.Score(t.Context(), []*chem.Molecule{nil, {Name: "void"}, far, molecule("good", 4)}, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"no atoms", "no atoms", "coordinates are not finite", ""} {
		if scores[i].Error != want || want != "" && !math.IsNaN(scores[i].QED) {
			t.Errorf("molecule %d: %+v, want %q", i, scores[i], want)
		}
	}
	if st := pool.Stats(); st.Requests != 4 || st.Failures["no atoms"] != 2 || scores[3].QED != 4 {
		t.Errorf("%+v", st)
	}
	pool.Close()
	pool.Close()
	if _, err := pool.Score(t.Context(), numbered("good", 1), QED, nil); !errors.Is(err, supervise.ErrClosed) {
		t.Errorf("scoring with a closed pool: %v", err)
	}
}

// Whatever a worker answers: it is refused, or becomes a score in which nothing asked for is missing without a reason.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"id":1,"score":{"qed":0.5,"valid":true,"pb_valid":false,"smiles":"CO"},"failures":[],"seconds":{"qed":1}}`)
	f.Add(`{"id":1,"score":{"qed":null,"valid":false},"failures":[{"reason":"does not sanitise","detail":"x"}]}`)
	f.Add(`{"score":{"alerts":2,"alert_names":"a;b","fingerprint":"AA==","pose_min":"\n","vina_score":1e999}}`)
	f.Fuzz(func(t *testing.T, body string) {
		a, err := parseAnswer(json.RawMessage(body))
		if err != nil {
			return
		}
		p := partOf(a, QED|VinaScore)
		line, err := encodePart(cacheKey{7}, p)
		if err != nil {
			t.Fatal(err)
		}
		back, key, err := decodePart(line)
		if err != nil || key != (cacheKey{7}) {
			t.Fatalf("%s: %v", line, err)
		}
		s, failures, err := p.score(QED | VinaScore)
		again, same, _ := back.score(QED | VinaScore)
		if err != nil || !cmp.Equal(s, again, cmpopts.EquateNaNs()) || !cmp.Equal(failures, same, cmpopts.EquateEmpty()) {
			t.Errorf("%+v %v, from the cache %+v %v; %v", s, failures, again, same, err)
		}
		if (math.IsNaN(s.QED) || math.IsNaN(s.VinaScore)) && len(failures) == 0 {
			t.Errorf("a figure is missing without a reason: %+v", s)
		}
	})
}
