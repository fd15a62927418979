package reward

import (
	"fmt"
	"math"
	"strconv"
)

// valueMapping gives each of some values its own wish: mapping = {"0" = 1.0, "1" = 0.3}; true and false stand for 1 and 0. A value
// that is not in the mapping has none. As reinvent/scoring/transforms/value_mapping.py, for numbers.
func valueMapping(c *Component) (Transform, error) {
	if len(c.Mapping) == 0 {
		return nil, fmt.Errorf(`mapping is missing: the transform value_mapping needs it, as {"0" = 1.0, "1" = 0.3}`)
	}
	wishes := map[float64]float64{}
	for _, key := range keys(c.Mapping) {
		x, err := strconv.ParseFloat(key, 64)
		if b, notBool := strconv.ParseBool(key); err != nil && notBool == nil {
			x, err = 0, nil
			if b {
				x = 1
			}
		}
		if err != nil || math.IsNaN(x) {
			return nil, fmt.Errorf("mapping: the value %q is no number, true or false", key)
		}
		wishes[x] = c.Mapping[key]
	}
	return func(x float64) float64 {
		if wish, ok := wishes[x]; ok {
			return wish
		}
		return math.NaN()
	}, nil
}
