package run

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Stats are the figures of one set of samples. NaN (null in JSON) stands for a mean over nothing or a figure not asked for.
type Stats struct {
	VinaScore float64 // kcal/mol, the generated pose as it is; mean over the valid
	VinaMin   float64 // kcal/mol, after local minimisation; mean over the valid
	QED       float64 // 0..1, more is better; mean over the valid
	SA        float64 // (10 - SA) / 9, 0..1, more is better; mean over the valid
	Valid     float64 // fraction of all samples asked for
	Connected float64 // fraction of all samples asked for
	Unique    float64 // fraction of all samples asked for
	Atoms     float64 // mean heavy atoms
	Samples   int     // samples asked for; 0 means not sampled
}

// Summary compares the samples before and after tuning; scripts read it as summary.json.
type Summary struct {
	Before Stats `json:"before"`
	After  Stats `json:"after"`
	// Designs are the best of the whole run, chosen by their rewards.
	Designs Stats `json:"designs"`
	Cost    Cost  `json:"cost"`
}

// Cost is what a run's iterations took.
type Cost struct {
	Iterations  int                `json:"iterations"`
	RewardCalls int                `json:"reward_calls"`
	Seconds     map[string]float64 `json:"seconds"` // of wall clock by part of an iteration, as sampling; "total" is all of them
}

// CostOf adds a run's metrics up: reward_calls, and what begins with seconds_.
func CostOf(records []Record) Cost {
	c := Cost{Iterations: len(records), Seconds: map[string]float64{}}
	for _, r := range records {
		for key, v := range r.Values {
			part, timed := strings.CutPrefix(key, "seconds_")
			switch {
			case math.IsNaN(v):
			case timed:
				c.Seconds[part] += v
			case key == "reward_calls":
				c.RewardCalls += int(v)
			}
		}
	}
	return c
}

// WriteSummary writes s to summary.json in dir, whole or not at all.
func WriteSummary(dir string, s Summary) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, SummaryFile), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// ReadSummary reads summary.json in dir. When there is none the error is fs.ErrNotExist.
func ReadSummary(dir string) (Summary, error) {
	path := filepath.Join(dir, SummaryFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return Summary{}, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil {
		return Summary{}, fmt.Errorf("%s is no summary: %w", path, err)
	}
	return s, nil
}

// MarshalJSON writes NaN and infinities as null.
func (s Stats) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, f := range s.figures() {
		b = fmt.Appendf(b, "%q:", f.key)
		b = append(appendNumber(b, *f.value), ',')
	}
	return fmt.Appendf(b, `"samples":%d}`, s.Samples), nil
}

// UnmarshalJSON reads null and missing figures as NaN.
func (s *Stats) UnmarshalJSON(text []byte) error {
	var all map[string]*float64
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, f := range s.figures() {
		*f.value = math.NaN()
		if v := all[f.key]; v != nil {
			*f.value = *v
		}
	}
	s.Samples = 0
	if n := all["samples"]; n != nil {
		s.Samples = int(*n)
	}
	return nil
}

type figure struct {
	key   string
	value *float64
}

func (s *Stats) figures() []figure {
	return []figure{
		{"vina_score", &s.VinaScore}, {"vina_min", &s.VinaMin}, {"qed", &s.QED}, {"sa", &s.SA},
		{"valid", &s.Valid}, {"connected", &s.Connected}, {"unique", &s.Unique}, {"atoms", &s.Atoms},
	}
}
