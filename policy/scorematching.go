package policy

import (
	"fmt"
	"math"
	"math/rand/v2"

	"keel/nn"
	"keel/sde"
)

// ScoreGap compares a policy's score-matching loss with a reference's at one time. Losses are squared errors of the denoised estimate, as
// means over dimensions and samples, in squared units of the state.
type ScoreGap struct {
	Time              float64
	Policy, Reference float64
	Excess, StdErr    float64 // Policy - Reference, and its standard error over the samples
}

// ScoreGaps are resolved in time, with the mean of the excess over the times.
type ScoreGaps struct {
	At             []ScoreGap
	Excess, StdErr float64
}

// ScoreGaps measures inconsistency as the score-matching loss of the policy params on its own finished samples r, above that of a
// reference. The loss's floor, E|x_0 - E[x_0|x_t]|², is that of the exact denoiser of the samples' law, which nobody knows; a reference that was
// fitted to other samples of the policy stands for it. The excess is then, up to StdErr, a lower bound of the policy's mean squared distance
// from the exact denoiser: it lacks the reference's own distance, and is negative where the reference is the worse of the two. The samples
// must be fresh: those that either network was fitted to flatter it.
//
// Both see the same perturbed states at the given times; nil takes four times of the steps. r needs no trajectories. Where the steps end at t_e > 0
// the regression target is the denoised estimate that belongs to the score of p(x_t | x_e).
func (s *Sampler) ScoreGaps(params, reference *nn.Tensor, r *Rollout, times []float64, rng *rand.Rand) (*ScoreGaps, error) {
	if times == nil {
		for _, i := range r.statesAt(nil) {
			times = append(times, r.Steps[i].From)
		}
	}
	all := &ScoreGaps{}
	total := make([]float64, r.Size) // each sample's excess, as a mean over times
	for _, t := range times {
		if !(t > r.end()) {
			return nil, fmt.Errorf("score matching at t = %v: expected a time after %v, where the samples are finished", t, r.end())
		}
		x, target := s.perturb(r, t, rng)
		var loss [2][]float64
		for k, p := range []*nn.Tensor{params, reference} {
			clean, err := s.Denoise(p, x, t, r.Prior)
			if err != nil {
				return nil, err
			}
			loss[k] = meanSquares(clean, target, r.Free(), r.Dims)
		}
		excess := make([]float64, r.Size)
		for b := range excess {
			excess[b] = loss[0][b] - loss[1][b]
			total[b] += excess[b] / float64(len(times))
		}
		g := ScoreGap{Time: t}
		g.Policy, _ = moments(loss[0])
		g.Reference, _ = moments(loss[1])
		g.Excess, g.StdErr = meanError(excess)
		all.At = append(all.At, g)
	}
	all.Excess, all.StdErr = meanError(total)
	return all, nil
}

// perturb draws x_t [Size, Dims] from the finished samples x_e, and the estimate x̂_0 whose score is that of p(x_t | x_e), which is x_0 itself
// where e = 0. With x_t = a x_e + s eps the score is -eps/s; put into alpha_t x̂_0 = x_t + sigma_t² score, with alpha_t = a alpha_e and
// sigma_t² = s² + a² sigma_e², it gives x̂_0 = (x_e - eps a sigma_e² / s) / alpha_e.
func (s *Sampler) perturb(r *Rollout, t float64, rng *rand.Rand) (x, target []float32) {
	a, std := sde.Transition(s.Process, r.end(), t)
	alpha, sigma := s.Process.Kernel(r.end())
	x, target = make([]float32, len(r.Mask)), make([]float32, len(r.Mask))
	for k, m := range r.Mask {
		if m != 0 {
			finished, eps := float64(r.X0()[k]), rng.NormFloat64()
			x[k] = float32(a*finished + std*eps)
			target[k] = float32((finished - eps*a*sigma*sigma/std) / alpha)
		}
	}
	return x, target
}

// meanSquares are the mean squared differences of each sample [size] over its free dimensions.
func meanSquares(a, b, free []float32, dims int) []float64 {
	out := make([]float64, len(a)/dims)
	for i := range out {
		var sum, n float64
		for k := i * dims; k < (i+1)*dims; k++ {
			if free[k] != 0 {
				d := float64(a[k]) - float64(b[k])
				sum, n = sum+d*d, n+1
			}
		}
		out[i] = sum / n
	}
	return out
}

// meanError are the mean and its standard error; the error of a single value is NaN.
func meanError(v []float64) (mean, stdErr float64) {
	mean, std := moments(v)
	return mean, std / math.Sqrt(float64(len(v)-1))
}
