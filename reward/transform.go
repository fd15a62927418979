package reward

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Transform turns a raw value into a wish, as a rule between 0 and 1. What it has no answer for is NaN.
type Transform func(x float64) float64

// transforms are the known ones, each in a file of its family.
var transforms = map[string]family{
	"none":              {nil, func(*Component) (Transform, error) { return func(x float64) float64 { return x }, nil }},
	"linear":            {[]string{"low", "high"}, linear},
	"sigmoid":           {[]string{"low", "high", "k"}, sigmoid},
	"reverse_sigmoid":   {[]string{"low", "high", "k"}, reverseSigmoid},
	"double_sigmoid":    {[]string{"low", "high", "coef_div", "coef_si", "coef_se"}, doubleSigmoid},
	"step":              {[]string{"low", "high"}, step},
	"left_step":         {[]string{"low"}, leftStep},
	"right_step":        {[]string{"high"}, rightStep},
	"value_mapping":     {[]string{"mapping"}, valueMapping},
	"exponential_decay": {[]string{"k"}, exponentialDecay},
}

// family makes a transform of a component's parameters.
type family struct {
	parameters []string
	make       func(*Component) (Transform, error)
}

// Transforms returns the names of the transforms, sorted.
func Transforms() []string { return keys(transforms) }

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// transform makes the component's transform.
func (c *Component) transform() (Transform, error) {
	if c.Transform == "" {
		c.Transform = "none"
	}
	f, ok := transforms[c.Transform]
	if !ok {
		return nil, fmt.Errorf("transform = %q: expected one of %s", c.Transform, strings.Join(Transforms(), ", "))
	}
	return f.make(c)
}

// required returns the values of parameters that have no default.
func (c *Component) required(names ...string) ([]float64, error) {
	at := map[string]*float64{"low": c.Low, "high": c.High, "k": c.K}
	values := make([]float64, len(names))
	for i, name := range names {
		if at[name] == nil {
			return nil, fmt.Errorf("%s is missing: the transform %s needs it", name, c.Transform)
		}
		values[i] = *at[name]
	}
	return values, nil
}
