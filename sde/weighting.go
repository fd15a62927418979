package sde

// Weighting is w of the score-matching loss w |x̂_0 - x_0|², as a function of the kernel. It needs sigma > 0.
// The squared error of each [Prediction] is one, by its method Weight.
type Weighting func(alpha, sigma float64) float64

func init() {
	RegisterWeighting("uniform", Denoiser.Weight)
	RegisterWeighting("snr", Noise.Weight)
	RegisterWeighting("velocity", Velocity.Weight)
	RegisterWeighting("flow-velocity", FlowVelocity.Weight)
	RegisterWeighting("min-snr", MinSNR(5))
	RegisterWeighting("truncated-snr", TruncatedSNR)
	RegisterWeighting("edm", EDMWeight(0.5))
}

// RegisterWeighting makes a weighting known by name. It panics when the name is taken.
func RegisterWeighting(name string, w Weighting) { weightings.add(name, w) }

// WeightingByName gives the registered weighting, with its paper's parameters. The error of an unknown name lists the known ones.
func WeightingByName(name string) (Weighting, error) { return weightings.get(name) }

// Weightings are the names of the registered weightings, in alphabetical order.
func Weightings() []string { return weightings.names() }

// MinSNR is min(SNR, gamma) (Hang et al. 2023, who use gamma = 5): that of the noise prediction, but small noise does not dominate.
func MinSNR(gamma float64) Weighting {
	return func(alpha, sigma float64) float64 { return min(Noise.Weight(alpha, sigma), gamma) }
}

// TruncatedSNR is max(SNR, 1) (Salimans & Ho 2022, section 4): the worse of the squared errors of noise and denoiser, so that no
// noise level goes untrained.
func TruncatedSNR(alpha, sigma float64) float64 { return max(Noise.Weight(alpha, sigma), 1) }

// EDMWeight is (l² + data²) / (l data)² with l = sigma/alpha and data the standard deviation of the data (Karras et al. 2022,
// table 1; they use 0.5). With [Preconditioning] it is the squared error of what the raw network gives. At l = +Inf it is 1 / data².
func EDMWeight(data float64) Weighting {
	return func(alpha, sigma float64) float64 { return 1/(data*data) + Noise.Weight(alpha, sigma) }
}
