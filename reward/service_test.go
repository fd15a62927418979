package reward

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keel/chem"
	"keel/oracle"
)

// serve starts a service whose n-th answer, from 0, is the handler's.
func serve(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(int(asked.Add(1))-1, w, r) }))
	t.Cleanup(s.Close)
	return s.URL + "/score"
}

// hasty is a service component that does not wait.
func hasty(t *testing.T, url string, retries int) *Reward {
	t.Helper()
	r := open(t, with(Component{Metric: "mine", URL: url, Retries: &retries, Timeout: new(0.3)}), Env{Receptor: "r.pdb"})
	r.parts[0].metric.(*service).pause = time.Millisecond
	return r
}

// two are two molecules with their scores.
func two(t *testing.T) ([]*chem.Molecule, []oracle.Score) {
	valid := blank(t, true, true)
	valid.SMILES = "CCCC"
	return []*chem.Molecule{named("a"), named("b")}, []oracle.Score{valid, valid}
}

func TestService(t *testing.T) {
	url := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		var batch struct {
			Receptor  string
			Molecules []struct {
				ID                int
				Name, SMILES, SDF string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil || r.Method != "POST" || r.URL.Path != "/score" || batch.Receptor != "r.pdb" ||
			r.Header.Get("Content-Type") != "application/json" || len(batch.Molecules) != 2 {
			t.Errorf("%v %s %+v", err, r.Method, batch)
		}
		for i, m := range batch.Molecules {
			if m.ID != i || m.SMILES != "CCCC" || !strings.HasPrefix(m.SDF, m.Name+"\n") || !strings.Contains(m.SDF, "V2000") {
				t.Errorf("%+v", m)
			}
		}
		fmt.Fprint(w, `{"results": [{"id": 0, "value": 0.25}, {"id": 1, "error": "no idea"}]}`)
	})
	r := hasty(t, url, 0)
	mols, scores := two(t)
	list := of(t, r, mols, scores)
	if list[0].Total != 0.25 || !math.IsNaN(list[1].Total) || list[1].Error != "mine: no idea" {
		t.Errorf("%+v", list)
	}
	if got := of(t, r, nil, nil); len(got) != 0 {
		t.Error("nothing was to be asked")
	}
}

// What may pass is tried again; what will not is not; either way each molecule has the reason.
func TestServiceFailures(t *testing.T) {
	good := `{"results": [{"id": 0, "value": 1}, {"id": 1, "value": 1}]}`
	for _, c := range []struct {
		name    string
		answer  func(n int, w http.ResponseWriter, r *http.Request)
		retries int
		calls   int
		want    string
	}{
		{"down twice", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 2 {
				w.WriteHeader([]int{503, 429}[n])
			}
			fmt.Fprint(w, good)
		}, 2, 3, ""},
		{"down for good", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 2, 3,
			"mine: the service answered with an error: 500 Internal Server Error"},
		{"cut off", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				panic(http.ErrAbortHandler)
			}
			fmt.Fprint(w, good)
		}, 1, 2, ""},
		{"not there", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 5, 1,
			"mine: the service answered with an error: 404 Not Found"},
		{"late", func(_ int, w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		}, 0, 1, "mine: the service did not answer in time"},
		{"short", func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"results": [{"id": 0, "value": 1}]}`)
		}, 3, 1,
			"mine: the service answered rubbish: 1 results for 2 molecules"},
		{"out of order", func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"results": [{"id": 1, "value": 1}, {"id": 0, "value": 1}]}`)
		}, 3, 1, "mine: the service answered rubbish: result 0 has the id 1"},
		{"null", func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"results": [{"id": 0, "value": 1}, {"id": 1, "value": null}]}`)
		}, 3, 1, "mine: the service answered rubbish: result 1: an answer has either a value or an error"},
		{"a page", func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, 3, 1,
			"mine: the service answered rubbish: invalid character"},
	} {
		var calls atomic.Int32
		r := hasty(t, serve(t, func(n int, w http.ResponseWriter, q *http.Request) { calls.Add(1); c.answer(n, w, q) }), c.retries)
		mols, scores := two(t)
		for _, got := range of(t, r, mols, scores) {
			if c.want == "" && got.Total != 1 || c.want != "" && (!math.IsNaN(got.Total) || !strings.HasPrefix(got.Error, c.want)) {
				t.Errorf("%s: %+v, want %q", c.name, got, c.want)
			}
		}
		if int(calls.Load()) != c.calls {
			t.Errorf("%s: asked %d times, want %d", c.name, calls.Load(), c.calls)
		}
		if s := r.Stats(); c.want != "" && (s.Failed != 2 || len(s.Failures) != 1) {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
	down := httptest.NewServer(nil)
	down.Close()
	mols, scores := two(t)
	if got := of(t, hasty(t, down.URL, 1), mols, scores)[1]; !strings.HasPrefix(got.Error, "mine: the service cannot be reached: ") {
		t.Errorf("%+v", got)
	}
}
