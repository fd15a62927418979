package image

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"keel/nn"
	"keel/policy"
	"keel/run"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
	"keel/tune"
)

// DefaultGuidance is the weight of classifier-free guidance: what the prompt says is overstated.
const DefaultGuidance = 2.5

// guidedLevels are the noise levels at which pictures are guided: beyond them it changes next to nothing (docs/image.md).
var guidedLevels = policy.Levels{Low: 0.3, High: 12}

// DefaultSteps are those of the sampler.
const DefaultSteps = 50

// sampleBatches are how many pictures may be drawn at once, each a program to compile, and what a batch of them costs: more at once leave the cores less idle (measured,
// docs/image.md).
var sampleBatches = []struct {
	size int
	cost float64
}{{16, 1}, {32, 1.85}, {64, 3.25}}

// batchFor is the number at once by which n pictures are drawn soonest.
func batchFor(n int) int {
	best, least := 0, math.Inf(1)
	for _, b := range sampleBatches {
		if cost := math.Ceil(float64(n)/float64(b.size)) * b.cost; cost < least {
			best, least = b.size, cost
		}
	}
	return best
}

// Sampler draws pictures from a model.
type Sampler struct {
	model  *Model
	guided *policy.Guidance
	roll   *policy.Sampler
}

// NewSampler prepares a model for sampling with so many steps. It refuses a guidance that is no number, and fewer than two steps.
func NewSampler(e *nn.Engine, m *Model, guidance float64, steps int) (*Sampler, error) {
	if steps < 2 {
		return nil, fmt.Errorf("%d steps: expected at least 2", steps)
	}
	guided, err := NewGuidance(&m.Net, guidance)
	if err != nil {
		return nil, err
	}
	s := &Sampler{model: m, guided: guided}
	s.roll, err = policy.NewSampler(e, guided, m.Layout, Process(), tune.Grid(Process(), steps))
	return s, err
}

// mostGuidance is far beyond what pictures survive.
const mostGuidance = 50

// NewGuidance is the network under classifier-free guidance, of a weight that is a number of moderate size.
func NewGuidance(net nn.Denoiser, weight float64) (*policy.Guidance, error) {
	if math.Abs(weight) > mostGuidance {
		return nil, fmt.Errorf("guidance weight %v: expected a number of at most %d; 1 is no guidance", weight, mostGuidance)
	}
	return policy.NewGuidance(net, weight, guidedLevels)
}

// watched is of how many pictures it is shown how they come out of noise.
const watched = 16

// Draw draws one picture for each caption, under the given parameters. The same seed gives the same noise, whatever the parameters and the number of pictures. watch, where it is not
// nil, is told the estimates of the first watched pictures at every step, each [Dims].
func (s *Sampler) Draw(ctx context.Context, params []float32, captions []caption.Caption, seed uint64, watch func(step int, clean [][]float32), log io.Writer) ([][]float32, error) {
	weights := nn.FromFloats(params, len(params))
	defer nn.Free(weights)
	progress := run.NewProgress(log, "drawing", 0, len(captions))
	defer progress.Done()
	var out [][]float32
	batch, rng := batchFor(len(captions)), rand.New(rand.NewPCG(seed, 0))
	for len(out) < len(captions) {
		part := captions[len(out):min(len(out)+batch, len(captions))]
		filled := slices.Clone(part)
		for len(filled) < batch {
			filled = append(filled, part[0])
		}
		prior, err := priorOf(s.guided, filled)
		if err != nil {
			return nil, err
		}
		keep := watch != nil && len(out) == 0
		roll := *s.roll
		roll.Watch = func(step int) { progress.Set(len(out) + len(part)*step/len(roll.Steps)) }
		r, err := roll.Roll(ctx, weights, prior, keep, rng)
		if err != nil {
			return nil, err
		}
		nn.Free(prior.Cond...)
		rows := func(v []float32, n int) (list [][]float32) {
			for i := range n {
				list = append(list, slices.Clone(v[i*picture.Dims:(i+1)*picture.Dims]))
			}
			return list
		}
		if keep {
			for k, clean := range r.Clean {
				watch(k, rows(clean, min(len(part), watched)))
			}
		}
		out = append(out, rows(r.X0(), len(part))...)
	}
	return out, nil
}

// priorOf is what sampling of the captions starts from.
func priorOf(g *policy.Guidance, captions []caption.Caption) (policy.Prior, error) {
	n := len(captions)
	cond, err := g.Conditions([]*nn.Tensor{examples.Tensors(captions)}, []*nn.Tensor{examples.Tensors([]caption.Caption{nil})})
	return policy.Prior{Size: n, Dims: picture.Dims, Mask: slices.Repeat([]float32{1}, n*picture.Dims), Cond: cond}, err
}

// Pictures are states as pictures.
func Pictures(states [][]float32) []*image.NRGBA {
	out := make([]*image.NRGBA, len(states))
	for i, x := range states {
		out[i] = picture.FromState(x)
	}
	return out
}
