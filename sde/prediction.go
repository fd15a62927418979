package sde

import (
	"fmt"
	"slices"
	"strings"
)

// Prediction is what a network says about (x_t, t). With x_t = alpha x_0 + sigma eps each is linear in the state and in the denoised
// estimate x̂_0, so that two coefficients convert it.
type Prediction string

const (
	Denoiser Prediction = "denoiser" // x̂_0
	Noise    Prediction = "noise"    // eps (Ho et al. 2020)
	Velocity Prediction = "velocity" // v = alpha eps - sigma x_0 (Salimans & Ho 2022, appendix D)
	// FlowVelocity is eps - x_0, which is dx_t/dt along the straight line of [Flow]. Along another process's path dx_t/dt is
	// d alpha/dt x_0 + d sigma/dt eps: see [FlowDrift].
	FlowVelocity Prediction = "flow-velocity"
	Score        Prediction = "score" // the gradient of ln p(x_t | x_0), -eps / sigma
)

var predictions = []Prediction{Denoiser, Noise, Velocity, FlowVelocity, Score}

// PredictionByName checks a name from a configuration. Its error lists the known ones.
func PredictionByName(name string) (Prediction, error) {
	if slices.Contains(predictions, Prediction(name)) {
		return Prediction(name), nil
	}
	return "", fmt.Errorf("there is no prediction %q; known are %s", name, strings.Join(PredictionNames(), ", "))
}

// PredictionNames are those of all predictions, the denoiser's first.
func PredictionNames() []string {
	names := make([]string, len(predictions))
	for i, p := range predictions {
		names[i] = string(p)
	}
	return names
}

// parts gives a and b of the prediction a x_0 + b eps.
func (y Prediction) parts(alpha, sigma float64) (a, b float64) {
	switch y {
	case Denoiser:
		return 1, 0
	case Noise:
		return 0, 1
	case Velocity:
		return -sigma, alpha
	case FlowVelocity:
		return -1, 1
	case Score:
		return 0, -1 / sigma
	}
	panic(fmt.Sprintf("sde: there is no prediction %q", string(y)))
}

// From gives the prediction from the denoised estimate: x x_t + d x̂_0. It needs sigma > 0.
func (y Prediction) From(alpha, sigma float64) (x, d float64) {
	a, b := y.parts(alpha, sigma)
	return b / sigma, a - b*alpha/sigma
}

// To gives the denoised estimate from the prediction: x̂_0 = x x_t + c prediction, the solution of the two linear equations for x_0
// and eps. It needs sigma > 0. Noise and score do not say what x_0 is where alpha = 0 ([Flow] at t = 1): the coefficients are infinite there.
func (y Prediction) To(alpha, sigma float64) (x, c float64) {
	a, b := y.parts(alpha, sigma)
	det := b*alpha - a*sigma
	return b / det, -sigma / det
}

// Weight is the weight on |x̂_0 - x_0|² that makes it the squared error of the prediction: 1 for the denoiser, the SNR for the
// noise, (alpha² + sigma²)² / sigma² for the velocity. It is a [Weighting].
func (y Prediction) Weight(alpha, sigma float64) float64 {
	_, d := y.From(alpha, sigma)
	return d * d
}
