// Package sde holds the forward perturbation processes that diffusion models reverse: their exact kernels and time grids.
//
// A process is linear, dx = f(t) x dt + g(t) dw for t in [0, 1], so that its kernel is known in closed form:
// p(x_t | x_0) = N(alpha_t x_0, sigma_t² I). One process lives in one file.
package sde

import (
	"math"
)

// Process is a linear forward process on t in [0, 1].
type Process interface {
	// Name is the one used in configuration and weight files.
	Name() string
	// Kernel gives alpha_t and sigma_t of p(x_t | x_0) = N(alpha_t x_0, sigma_t² I).
	Kernel(t float64) (alpha, sigma float64)
	// Coefficients gives f(t) and g(t)² of dx = f(t) x dt + g(t) dw.
	Coefficients(t float64) (f, g2 float64)
	// Time inverts the noise level sigma_t / alpha_t.
	Time(noiseLevel float64) float64
}

// NoiseLevel is sigma_t / alpha_t: the standard deviation of the noise on x_t / alpha_t. The log-SNR is -2 ln of it.
func NoiseLevel(p Process, t float64) float64 {
	alpha, sigma := p.Kernel(t)
	return sigma / alpha
}

// KarrasGrid gives the steps+1 times of a sampler from t = 1 down to 0, spaced as Karras et al. (2022), eq. 5: noise
// levels to the power 1/rho evenly between that of t = 1 (at most maxLevel) and minLevel, then 0. Larger rho puts more steps at low noise.
func KarrasGrid(p Process, steps int, rho, minLevel, maxLevel float64) []float64 {
	high := math.Pow(min(NoiseLevel(p, 1), maxLevel), 1/rho)
	low := math.Pow(minLevel, 1/rho)
	grid := make([]float64, steps+1)
	grid[0] = 1
	for i := 1; i < steps; i++ {
		level := math.Pow(high+float64(i)/float64(steps-1)*(low-high), rho)
		grid[i] = p.Time(level)
	}
	grid[steps] = 0
	return grid
}
