package experiment

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"keel/run"
	"keel/task/pocket"
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
	Asked     Figure  `json:"asked"`   // mean merit of all of the last quarter of the reward calls, restarts among them
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
	var all [][]pocket.Rewarded
	for i := range records {
		batch, err := pocket.ReadRewarded(filepath.Join(t.Job.Dir, "samples", fmt.Sprintf("step-%06d.csv", i+1)))
		if err != nil {
			return out, err
		}
		all = append(all, batch)
	}
	out.judge(all)
	return out, nil
}

// judge fills in the figures of a run's iterations.
func (r *Result) judge(all [][]pocket.Rewarded) {
	for _, f := range []*Figure{&r.Start, &r.Final, &r.Asked, &r.Top, &r.Unique, &r.VinaMin} {
		*f = Figure(math.NaN())
	}
	best := map[string]float64{}
	calls := 0
	for _, batch := range all {
		for _, m := range batch {
			if m.Whole && m.Merit == m.Merit {
				best[m.SMILES] = max(m.Merit, best[m.SMILES])
			}
		}
		calls += len(batch)
		r.Curve = append(r.Curve, Point{calls, mean(own(batch), merit), top(best)})
	}
	if len(all) == 0 {
		return
	}
	asked := slices.Concat(all[len(all)-(len(all)+3)/4:]...)
	last := own(asked)
	r.Asked = mean(asked, merit)
	r.Start, r.Final, r.Top, r.VinaMin = r.Curve[0].Mean, mean(last, merit), r.Curve[len(r.Curve)-1].Top, mean(last, func(m pocket.Rewarded) float64 { return m.VinaMin })
	different, whole := map[string]bool{}, 0
	for _, m := range last {
		if m.Whole {
			different[m.SMILES] = true
			whole++
		}
	}
	r.Unique = Figure(float64(len(different)) / float64(whole))
	r.Collapsed = r.collapsed(all[0], len(last))
}

// own are the policy's samples from noise.
func own(list []pocket.Rewarded) []pocket.Rewarded {
	return slices.DeleteFunc(slices.Clone(list), func(m pocket.Rewarded) bool { return m.Restarted })
}

func merit(m pocket.Rewarded) float64 { return m.Merit }

// collapsed says whether a run ended worse than it began, by three standard errors of the difference, or with fewer than half of its whole molecules
// different.
func (r *Result) collapsed(first []pocket.Rewarded, last int) bool {
	var square, n float64
	for _, m := range first {
		if m.Merit == m.Merit {
			d := m.Merit - float64(r.Start)
			square, n = square+d*d, n+1
		}
	}
	err := math.Sqrt(square / n * (1/n + 1/float64(last)))
	return float64(r.Final) < float64(r.Start)-3*err || !(r.Unique >= 0.5)
}

// mean is over those that have the figure.
func mean(list []pocket.Rewarded, of func(pocket.Rewarded) float64) Figure {
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
