package gauss

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"keel/nn"
	"keel/run"
)

// Stability is the stability experiment: every variant on one problem with equal reward calls, over seeds and learning rates.
type Stability struct {
	Problem  Problem   `json:"problem"`
	Budget   Budget    `json:"budget"`
	Seeds    []uint64  `json:"seeds"`
	Rates    []float64 `json:"sweep,omitempty"` // factors of the learning rates that are tried; none takes each variant's own
	Results  []Result  `json:"results"`
	variants []Variant
	path     string   // of the file that keeps them; empty for none
	others   []Result // in it, of variants, seeds and rates that this command does not ask for
}

// NewStability prepares the experiment.
func NewStability(p Problem, b Budget, seeds []uint64, rates []float64, variants []Variant) (*Stability, error) {
	for _, r := range rates {
		if !(r > 0) || math.IsInf(r, 0) {
			return nil, fmt.Errorf("sweep: %v: expected positive factors of the learning rates", r)
		}
	}
	var labels []string
	for _, v := range variants {
		labels = append(labels, v.Label)
	}
	if len(seeds) == 0 {
		return nil, errors.New("seeds: expected at least one")
	}
	for _, err := range []error{p.Check(), b.Check(), once("seeds", seeds), once("sweep", rates), once("estimators", labels)} {
		if err != nil {
			return nil, err
		}
	}
	return &Stability{Problem: p, Budget: b, Seeds: seeds, Rates: rates, variants: variants}, nil
}

// once refuses what stands in the list twice: it would count double in every mean.
func once[T comparable](name string, list []T) error {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return fmt.Errorf("%s: %v stands there twice", name, v)
		}
	}
	return nil
}

// Run runs what [Stability.Resume] has not found, and writes every finished run into its file.
func (s *Stability) Run(ctx context.Context, e *nn.Engine, log io.Writer) error {
	bench, err := s.Problem.Open(e)
	if err != nil {
		return err
	}
	total, done := 0, len(s.Results)
	for _, v := range s.variants {
		total += len(s.Seeds) * len(s.rates(v))
	}
	progress := run.NewProgress(log, "runs", done, total)
	defer progress.Done()
	var lock sync.Mutex
	keep := func(r Result) error {
		lock.Lock()
		defer lock.Unlock()
		s.Results = append(s.Results, r)
		done++
		progress.Note(fmt.Sprintf("%s, seed %d: %.3f", r.Estimator, r.Seed, r.Objective))
		progress.Set(done)
		return s.write()
	}
	have := slices.Clone(s.Results)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU()) // a run keeps about one core busy
	for _, v := range s.variants {
		group.Go(func() error { return s.runVariant(ctx, bench, v, have, keep) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.sort()
	return s.write()
}

// write brings the file up to date.
func (s *Stability) write() error {
	if s.path == "" {
		return nil
	}
	file := *s
	file.Results = slices.Concat(s.Results, s.others)
	return run.WriteFile(s.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(file) })
}

func (s *Stability) rates(v Variant) []float64 {
	if len(s.Rates) == 0 {
		return []float64{v.Rate}
	}
	return s.Rates
}

func (s *Stability) runVariant(ctx context.Context, b *Bench, v Variant, have []Result, keep func(Result) error) error {
	var runner *Runner
	for _, rate := range s.rates(v) {
		for _, seed := range s.Seeds {
			if slices.ContainsFunc(have, func(r Result) bool { return r.Estimator == v.Label && r.Seed == seed && r.Rate == rate }) {
				continue
			}
			if runner == nil {
				var err error
				if runner, err = b.NewRunner(v); err != nil {
					return err
				}
			}
			r, err := runner.Run(ctx, s.Budget, seed, rate)
			if err != nil {
				return err
			}
			if err := keep(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Resume makes the file at path the one that keeps the results, and takes those of an earlier start of the same experiment from it. What
// it holds of other variants, seeds and rates stays there. A file of another problem or budget is an error.
func (s *Stability) Resume(path string) error {
	s.path = path
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var old Stability
	if err := json.Unmarshal(text, &old); err != nil {
		return fmt.Errorf("%s: %w; move it away", path, err)
	}
	if old.Problem != s.Problem || old.Budget != s.Budget {
		return fmt.Errorf("%s holds another problem or budget: give another --out", path)
	}
	for _, r := range old.Results {
		if s.asksFor(r) {
			s.Results = append(s.Results, r)
		} else {
			s.others = append(s.others, r)
		}
	}
	return nil
}

func (s *Stability) asksFor(r Result) bool {
	return slices.ContainsFunc(s.variants, func(v Variant) bool {
		return r.Estimator == v.Label && slices.Contains(s.Seeds, r.Seed) && slices.Contains(s.rates(v), r.Rate)
	})
}

// sort puts the results into the order of variants, rates and seeds, whatever order they finished in.
func (s *Stability) sort() {
	place := func(r Result) int {
		return slices.IndexFunc(s.variants, func(v Variant) bool { return v.Label == r.Estimator })
	}
	slices.SortStableFunc(s.Results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Seed, b.Seed))
	})
}
