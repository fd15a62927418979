package reward

import (
	"context"
	"math"

	"keel/oracle"
)

// column is a column of numbers of the score table.
type column struct{ name string }

// columnNames are the columns that can be a metric.
func columnNames() []string { return oracle.Numbers() }

// posed are the columns that are about the pose.
var posed = []string{"vina_score", "vina_min", "vina_dock", "quick_dock", "vina_score_reference", "vina_min_reference", "efficiency", "strain", "clashes",
	"pb_valid"}

func newColumn(c *Component, _ Env) (metric, error) { return column{c.Metric}, nil }

func (c column) needs() oracle.Metrics {
	m, _ := oracle.MetricOf(c.name) // those that are none, as atoms, always come
	return m
}

func (c column) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		out[i] = read(s.score, c.name)
	}
	return out, nil
}

// read takes figures of the score table and gives their mean.
func read(s *oracle.Score, names ...string) measure {
	sum := 0.0
	for _, name := range names {
		x, _ := s.Number(name)
		sum += x
	}
	if math.IsNaN(sum) {
		return missing(s, names[0])
	}
	return measure{value: sum / float64(len(names))}
}

// missing is the failure of what the score table does not have.
func missing(s *oracle.Score, what string) measure {
	return failed("no "+what, s.Error)
}

// vina is the mean of Vina's energies of the pose as it is and minimised, kcal/mol: the one rewards poses that need no
// minimisation, the other is not thrown by a single clash.
type vina struct{}

func newVina(*Component, Env) (metric, error) { return vina{}, nil }

func (vina) needs() oracle.Metrics { return oracle.VinaScore | oracle.VinaMin }

func (vina) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		out[i] = read(s.score, "vina_score", "vina_min")
	}
	return out, nil
}
