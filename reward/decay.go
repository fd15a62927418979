package reward

import (
	"fmt"
	"math"
)

// exponentialDecay is 1 below 0 and exp(-k x) from there on. As reinvent/scoring/transforms/exponential_decay.py.
func exponentialDecay(c *Component) (Transform, error) {
	p, err := c.required("k")
	if err != nil {
		return nil, err
	}
	k := p[0]
	if !(k > 0) {
		return nil, fmt.Errorf("k = %v: the transform exponential_decay needs a number above 0", k)
	}
	return func(x float64) float64 {
		if x < 0 {
			return 1
		}
		return math.Exp(-k * x)
	}, nil
}
