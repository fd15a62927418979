package experiment

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"keel/run"
)

// Result is one trial, judged by merits: the rewards without what the diversity filter takes.
type Result struct {
	Arm       string  `json:"arm"`
	Pocket    string  `json:"pocket"`
	Seed      uint64  `json:"seed"`
	Error     string  `json:"error,omitempty"`
	Calls     int     `json:"reward_calls"`
	Seconds   float64 `json:"seconds"`
	Start     Figure  `json:"start"`   // mean merit of the first iteration
	Final     Figure  `json:"final"`   // mean merit of the policy's own over the last quarter of the reward calls
	Top       Figure  `json:"top"`     // mean merit of the best TopMolecules different molecules of the whole run
	Unique    Figure  `json:"unique"`  // share of different molecules among the last quarter's that are whole
	VinaMin   Figure  `json:"vinamin"` // mean over the last quarter, kcal/mol
	Collapsed bool    `json:"collapsed"`
	Curve     []Point `json:"curve"`
}

// Point is a trial after some reward calls.
type Point struct {
	Calls int    `json:"calls"`
	Mean  Figure `json:"mean"` // merit of the iteration's molecules that are the policy's own, drawn from noise
	Top   Figure `json:"top"`  // of the best TopMolecules different ones so far; of those there are where they are fewer
}

// Figure is a number; JSON has null for what is not finite.
type Figure float64

// MarshalJSON writes null for NaN and infinities.
func (f Figure) MarshalJSON() ([]byte, error) {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// TopMolecules is how many of the best molecules of a run are looked at: what best-of-N and an estimator have in common.
const TopMolecules = 50

// sampled is what the comparison reads of a molecule in samples/*.csv.
type sampled struct {
	smiles  string
	whole   bool
	merit   float64 // NaN where there is none
	vinaMin float64
	again   bool // drawn from another sample of the run instead of from noise: no sample of the policy's alone
}

// judge reads a trial's samples.
func judge(t Trial, err error) (Result, error) {
	out := Result{Arm: t.Arm, Pocket: t.Pocket, Seed: t.Seed}
	if err != nil {
		out.Error = err.Error()
	}
	records, err := run.ReadMetrics(t.Job.Dir)
	if err != nil {
		return out, err
	}
	cost := run.CostOf(records)
	out.Calls, out.Seconds = cost.RewardCalls, cost.Seconds["total"]
	var all [][]sampled
	for i := range records {
		batch, err := readSamples(filepath.Join(t.Job.Dir, "samples", fmt.Sprintf("step-%06d.csv", i+1)))
		if err != nil {
			return out, err
		}
		all = append(all, batch)
	}
	out.judge(all)
	return out, nil
}

// judge fills in the figures of a run's iterations.
func (r *Result) judge(all [][]sampled) {
	for _, f := range []*Figure{&r.Start, &r.Final, &r.Top, &r.Unique, &r.VinaMin} {
		*f = Figure(math.NaN())
	}
	best := map[string]float64{}
	calls := 0
	for _, batch := range all {
		for _, m := range batch {
			if m.whole && m.merit == m.merit {
				best[m.smiles] = max(m.merit, best[m.smiles])
			}
		}
		calls += len(batch)
		r.Curve = append(r.Curve, Point{calls, mean(own(batch), merit), top(best)})
	}
	if len(all) == 0 {
		return
	}
	last := own(slices.Concat(all[len(all)-(len(all)+3)/4:]...))
	r.Start, r.Final, r.Top, r.VinaMin = r.Curve[0].Mean, mean(last, merit), r.Curve[len(r.Curve)-1].Top, mean(last, func(m sampled) float64 { return m.vinaMin })
	different, whole := map[string]bool{}, 0
	for _, m := range last {
		if m.whole {
			different[m.smiles] = true
			whole++
		}
	}
	r.Unique = Figure(float64(len(different)) / float64(whole))
	r.Collapsed = r.collapsed(all[0], len(last))
}

// own are the policy's samples from noise.
func own(list []sampled) []sampled {
	return slices.DeleteFunc(slices.Clone(list), func(m sampled) bool { return m.again })
}

func merit(m sampled) float64 { return m.merit }

// collapsed says whether a run ended worse than it began, by three standard errors of the difference, or with fewer than half of its whole molecules
// different.
func (r *Result) collapsed(first []sampled, last int) bool {
	var square, n float64
	for _, m := range first {
		if m.merit == m.merit {
			d := m.merit - float64(r.Start)
			square, n = square+d*d, n+1
		}
	}
	err := math.Sqrt(square / n * (1/n + 1/float64(last)))
	return float64(r.Final) < float64(r.Start)-3*err || !(r.Unique >= 0.5)
}

// mean is over those that have the figure.
func mean(list []sampled, of func(sampled) float64) Figure {
	sum, n := 0.0, 0.0
	for _, m := range list {
		if v := of(m); v == v {
			sum, n = sum+v, n+1
		}
	}
	return Figure(sum / n)
}

// top is the mean of the best.
func top(merits map[string]float64) Figure {
	list := make([]float64, 0, len(merits))
	for _, v := range merits {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b float64) int { return cmp.Compare(b, a) })
	list = list[:min(len(list), TopMolecules)]
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return Figure(sum / float64(len(list)))
}

// readSamples reads one iteration's table.
func readSamples(path string) ([]sampled, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no header line: %w", path, err)
	}
	at := map[string]int{}
	for _, name := range []string{"smiles", "valid", "connected", "merit", "vina_min"} {
		if at[name] = slices.Index(head, name); at[name] < 0 {
			return nil, fmt.Errorf("%s: no column %s", path, name)
		}
	}
	var list []sampled
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m := sampled{smiles: row[at["smiles"]], whole: row[at["valid"]] == "true" && row[at["connected"]] == "true"}
		if k := slices.Index(head, "restarted"); k >= 0 {
			m.again = row[k] == "1"
		}
		for name, to := range map[string]*float64{"merit": &m.merit, "vina_min": &m.vinaMin} {
			if *to = math.NaN(); row[at[name]] == "" {
				continue
			}
			if *to, err = strconv.ParseFloat(row[at[name]], 64); err != nil {
				return nil, fmt.Errorf("%s: %s is %q: expected a number", path, name, row[at[name]])
			}
		}
		list = append(list, m)
	}
}
