package solver

// Cooled scales the noise of every step. Below 1 it draws from nearer the modes of the model's law than the law has them: low-temperature sampling, as
// Chroma (Ingraham et al. 2023) and RFdiffusion (Watson et al. 2023) do with proteins. Samples are likelier and less varied, and no longer the
// process's: every step is still a Gaussian, and has a probability.
func Cooled(steps []Step, noise float64) []Step {
	out := make([]Step, len(steps))
	for i, s := range steps {
		out[i] = s
		out[i].Std *= noise
	}
	return out
}
