package reward

import (
	"fmt"
	"math"
)

// sigmoid rises through 1/2 half-way between low and high: 1 / (1 + 10^(-10 k (x - (low + high)/2) / (high - low))). With low = high
// it is 1 above and 0 elsewhere. As reinvent/scoring/transforms/sigmoids.py.
func sigmoid(c *Component) (Transform, error) {
	p, err := c.required("low", "high", "k")
	if err != nil {
		return nil, err
	}
	low, high, k := p[0], p[1], p[2]
	middle := (low + high) / 2
	if low == high {
		return func(x float64) float64 { return hardSigmoid(rise(10*k, x-middle)) }, nil
	}
	return func(x float64) float64 { return sigmoid10(rise(10*k/(high-low), x-middle)) }, nil
}

// reverseSigmoid is 1 less the sigmoid: it falls.
func reverseSigmoid(c *Component) (Transform, error) {
	up, err := sigmoid(c)
	if err != nil {
		return nil, err
	}
	return func(x float64) float64 { return 1 - up(x) }, nil
}

// rise is slope times way: 0 without a slope however long the way, and without a way however steep the slope.
func rise(slope, way float64) float64 {
	if way == 0 || slope == 0 && math.IsInf(way, 0) {
		return 0
	}
	return slope * way
}

// sigmoid10 is the logistic function to base 10.
func sigmoid10(x float64) float64 { return 1 / (1 + math.Pow(10, -x)) }

// hardSigmoid is its limit. What is unknown stays so.
func hardSigmoid(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 0:
		return 1
	}
	return 0
}

// doubleSigmoid is a hill: it rises through 1/2 at low with the steepness coef_si / coef_div and falls through 1/2 at high with
// coef_se / coef_div, each a logistic function to base 10 on its side of the middle. With coef_div = 0 the slopes are steps. As
// reinvent/scoring/transforms/sigmoid_functions.py, with its defaults 100, 150, 150.
func doubleSigmoid(c *Component) (Transform, error) {
	p, err := c.required("low", "high")
	if err != nil {
		return nil, err
	}
	low, high := p[0], p[1]
	if low > high {
		return nil, fmt.Errorf("low = %v is above high = %v: a double_sigmoid rises at low and falls at high", low, high)
	}
	div, left, right := or(c.CoefDiv, 100), or(c.CoefSi, 150), or(c.CoefSe, 150)
	slope := sigmoid10
	if div == 0 {
		div, slope = 1, hardSigmoid
	}
	middle := (high-low)/2 + low
	return func(x float64) float64 {
		if x < middle {
			return slope(rise(left/div, x-low))
		}
		return 1 - slope(rise(right/div, x-high))
	}, nil
}

// or is the value, or another where there is none.
func or[T any](value *T, other T) T {
	if value == nil {
		return other
	}
	return *value
}
