package reward

import (
	"context"
	"fmt"
	"math"

	"keel/chem"
	"keel/oracle"
)

// Func measures one molecule that RDKit sanitises and that is in one piece, in the receptor's frame (Å). Its error is the reason for
// which the molecule's reward is missing; it should have the same words for every case of its kind.
type Func func(m *chem.Molecule, s oracle.Score) (float64, error)

var functions = map[string]function{}

// function is a user's own metric in Go.
type function struct {
	of   Func
	need oracle.Metrics
}

// Register makes a metric of a Go function, for use as [[reward.component]] metric = name; needs are the columns of the score that it
// looks at. It is to be called from an init function of a file that is compiled in, and panics where the name is taken.
func Register(name string, needs oracle.Metrics, of Func) {
	_, taken := oracle.MetricOf(name)
	if _, known := new(oracle.Score).Number(name); name == "" || taken || known || kinds[name].make != nil || functions[name].of != nil {
		panic(fmt.Sprintf("reward.Register: the name %q is taken", name))
	}
	functions[name] = function{of, needs}
}

func registered() []string { return keys(functions) }

func (f function) needs() oracle.Metrics { return f.need }

func (f function) values(ctx context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = f.measure(s)
	}
	return out, nil
}

// measure takes a panic of the user's code for a failure of this one molecule.
func (f function) measure(s sample) (m measure) {
	defer func() {
		if p := recover(); p != nil {
			m = failed("the function panicked", fmt.Sprint(p))
		}
	}()
	x, err := f.of(s.mol, *s.score)
	return finite(x, err)
}

func finite(x float64, err error) measure {
	switch {
	case err != nil:
		return failed(err.Error(), "")
	case math.IsNaN(x) || math.IsInf(x, 0):
		return failed("the value is not finite", "")
	}
	return measure{value: x}
}
