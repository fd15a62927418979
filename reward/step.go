package reward

import "math"

// The steps are 1 where a limit is kept, the limit itself included, and 0 elsewhere. As reinvent/scoring/transforms/steps.py.

// step is 1 from low to high.
func step(c *Component) (Transform, error) {
	return limits(c, []string{"low", "high"}, func(x float64, p []float64) bool { return p[0] <= x && x <= p[1] })
}

// leftStep is 1 up to low.
func leftStep(c *Component) (Transform, error) {
	return limits(c, []string{"low"}, func(x float64, p []float64) bool { return x <= p[0] })
}

// rightStep is 1 from high on.
func rightStep(c *Component) (Transform, error) {
	return limits(c, []string{"high"}, func(x float64, p []float64) bool { return x >= p[0] })
}

func limits(c *Component, names []string, keeps func(x float64, p []float64) bool) (Transform, error) {
	p, err := c.required(names...)
	if err != nil {
		return nil, err
	}
	return func(x float64) float64 {
		switch {
		case math.IsNaN(x):
			return x
		case keeps(x, p):
			return 1
		}
		return 0
	}, nil
}
