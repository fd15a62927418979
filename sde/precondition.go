package sde

import "math"

// Preconditioning wraps a raw network F so that its input and its target have unit variance at every noise level (Karras et al.
// 2022, table 1 and appendix B.6). The paper's process has alpha = 1; here it acts on x_t / alpha with the level l = sigma/alpha,
// with alpha folded into the scales.
type Preconditioning struct {
	Data float64 // standard deviation of the data, of mean zero; 0.5 where zero
}

// Scales say x̂_0 = Skip x_t + Out F(In x_t, Noise). Skip and In act on x_t itself, not on x_t / alpha.
type Scales struct {
	Skip, Out, In float64
	Noise         float64 // ln(l)/4, what F is told of the noise level, limited to [-5, 5]
}

// At gives the scales at one point of a process. They are finite at sigma = 0 and at alpha = 0.
func (c Preconditioning) At(alpha, sigma float64) Scales {
	data := c.Data
	if data == 0 {
		data = 0.5
	}
	std := math.Hypot(sigma, alpha*data) // of x_t
	return Scales{
		Skip:  alpha * data * data / (std * std),
		Out:   sigma * data / std,
		In:    1 / std,
		Noise: min(max(math.Log(sigma/alpha)/4, -5), 5), // the limits are far beyond any level in use; they keep the ends of [Flow] finite
	}
}
