package reward

import "fmt"

// linear rises from 0 at low to 1 at high, or falls where low is the larger, and stays there beyond: (x - low) / (high - low)
// within 0 and 1. It is Keel's own; REINVENT has none.
func linear(c *Component) (Transform, error) {
	p, err := c.required("low", "high")
	if err != nil {
		return nil, err
	}
	low, high := p[0], p[1]
	if low == high {
		return nil, fmt.Errorf("low = high = %v: the transform linear needs two different values; a limit is left_step or right_step", low)
	}
	return func(x float64) float64 { return max(0, min(1, (x-low)/(high-low))) }, nil
}
