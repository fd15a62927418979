// Package sde holds the forward perturbation processes that diffusion models reverse: their exact kernels, drifts,
// predictions, loss weightings and time grids.
//
// A process is linear, dx = f(t) x dt + g(t) dw for t in [0, 1], so that its kernel is known in closed form:
// p(x_t | x_0) = N(alpha_t x_0, sigma_t² I). One process lives in one file.
package sde

import "math"

// Process is a linear forward process on t in [0, 1]. Its kernel starts at alpha = 1, sigma = 0, and sigma_t / alpha_t rises with t.
// A new one takes one file: the type, and an init that calls [Register]; the tests of every registered process then run on it.
type Process interface {
	// Name is the one used in configuration and weight files.
	Name() string
	// Kernel gives alpha_t and sigma_t of p(x_t | x_0) = N(alpha_t x_0, sigma_t² I).
	Kernel(t float64) (alpha, sigma float64)
	// Coefficients gives f(t) and g(t)² of dx = f(t) x dt + g(t) dw. They are finite, save where a process says otherwise.
	Coefficients(t float64) (f, g2 float64)
	// Time inverts the noise level sigma_t / alpha_t. A level above that of t = 1 gives the time above 1 at which the same formulas reach it.
	Time(noiseLevel float64) float64
	// Prior is the standard deviation of the Gaussian of zero mean that the reverse process starts from at t = 1.
	Prior() float64
}

// NoiseLevel is sigma_t / alpha_t: the standard deviation of the noise on x_t / alpha_t.
func NoiseLevel(p Process, t float64) float64 {
	alpha, sigma := p.Kernel(t)
	return sigma / alpha
}

// LogSNR is ln(alpha_t² / sigma_t²): +Inf at t = 0, falling with t.
func LogSNR(p Process, t float64) float64 { return -2 * math.Log(NoiseLevel(p, t)) }
