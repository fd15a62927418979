package pocket

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"keel/chem"
	"keel/nn"
	"keel/oracle"
	"keel/policy"
	"keel/reward"
	"keel/run"
)

// Target is one pocket to design for. It is the task that is tuned on.
type Target struct {
	model        *Model
	around       *Surroundings
	walls        []chem.Atom // the protein's atoms
	sizes        Sizes
	fixed        *Fixed // nil where all is drawn
	reward       *reward.Reward
	pool         *oracle.Pool
	net, critic  Network
	criticLayout *nn.Layout
}

// Sizes are the numbers of heavy atoms to draw: around the mean that the pocket suggests, within bounds.
type Sizes struct {
	Low, High int
	Mean      float64
}

// Check says what is wrong with the bounds.
func (s Sizes) Check() error {
	if s.Low < smallest || s.Low > s.High || s.High > biggest {
		return fmt.Errorf("%d to %d heavy atoms: expected a range within %d to %d", s.Low, s.High, smallest, biggest)
	}
	return nil
}

// criticLayers is the depth of the value network: fewer layers than the denoiser's, and the first of its layers to start from.
const criticLayers = 3

// NewTarget prepares a pocket about a centre. Without a reward and a pool it serves for sampling alone.
func NewTarget(e *nn.Engine, m *Model, p *Pocket, centre chem.Vec, sizes Sizes, earn *reward.Reward, pool *oracle.Pool) (*Target, error) {
	if sizes.Mean == 0 {
		sizes.Mean = m.Sizes.Mean(p, centre)
	}
	t := &Target{model: m, around: p.Around(centre), walls: p.walls(), sizes: sizes, reward: earn, pool: pool, net: m.Net}
	if err := sizes.Check(); err != nil {
		return nil, err
	}
	t.net.Layout.Nodes = cmp.Or(Bucket(m.Groups.Most(sizes.High)), Buckets[len(Buckets)-1])
	t.critic = t.net
	t.critic.Layers = min(criticLayers, m.Net.Layers)
	var err error
	t.criticLayout, err = t.critic.Declare(e)
	return t, err
}

// Fix has every sample hold a part of a ligand.
func (t *Target) Fix(f *Fixed) error {
	if t.sizes.Low <= f.atoms {
		return fmt.Errorf("%d to %d heavy atoms are to be drawn, of which %d are fixed: ask for more than those", t.sizes.Low, t.sizes.High, f.atoms)
	}
	t.fixed = f
	t.net.Layout.Nodes = max(t.net.Layout.Nodes, Bucket(min(len(f.pieces)+t.model.Groups.Most(t.sizes.High-f.atoms), Buckets[len(Buckets)-1])))
	return nil
}

// Network is the denoiser at the padded size of this target.
func (t *Target) Network() (nn.Denoiser, *nn.Layout) { return &t.net, t.model.Layout }

// Critic is the value network.
func (t *Target) Critic() (nn.Denoiser, *nn.Layout) { return &t.critic, t.criticLayout }

// Params are the model's weights, flat.
func (t *Target) Params() []float32 { return t.model.Params }

// shape is how large a molecule is to be.
type shape struct{ atoms, groups int }

// shapes draws how large n molecules are to be, with at most limit groups each.
func (t *Target) shapes(rng *rand.Rand, n, limit int) []shape {
	out := make([]shape, n)
	for i, atoms := range t.model.Sizes.Draw(rng, t.sizes.Mean, n, t.sizes.Low, t.sizes.High) {
		out[i] = shape{atoms, t.fixed.groups(atoms, t.model.Groups.Draw(rng, atoms, limit), limit)}
	}
	return out
}

// Prior draws sizes and numbers of groups, as many as fit the padded size of this target; the pocket is shared by the batch.
func (t *Target) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	return t.prior(t.net.Layout, t.shapes(rng, size, t.net.Layout.Nodes))
}

func (t *Target) prior(layout Layout, shapes []shape) (policy.Prior, error) {
	size, dims := len(shapes), layout.Dims()
	p := policy.Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims)}
	nodes, atoms := make([]float32, size*layout.Nodes), make([]float32, size)
	for i, s := range shapes {
		atoms[i] = float32(s.atoms)
		layout.Mask(s.groups, p.Mask[i*dims:(i+1)*dims])
		for k := range s.groups {
			nodes[i*layout.Nodes+k] = 1
		}
	}
	if t.fixed != nil {
		fixed, known := make([]float32, dims), make([]float32, dims)
		if err := t.fixed.write(layout, t.around.Centre, fixed, known); err != nil {
			return p, err
		}
		p.Fixed, p.Known = slices.Repeat(fixed, size), slices.Repeat(known, size)
	}
	p.Cond = append([]*nn.Tensor{nn.FromFloats(nodes, size, layout.Nodes), nn.FromFloats(atoms, size, 1)}, Conditions([]*Surroundings{t.around})...)
	return p, nil
}

// Molecules decodes finished samples.
func (t *Target) Molecules(r *policy.Rollout) []*chem.Molecule { return t.decode(t.net.Layout, r) }

// decode reads finished samples of a layout as molecules, on all cores.
func (t *Target) decode(layout Layout, r *policy.Rollout) []*chem.Molecule {
	mols := make([]*chem.Molecule, r.Size)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range mols {
		group.Go(func() error {
			n := 0
			for n < layout.Nodes && r.Mask[i*r.Dims+3*n] != 0 {
				n++
			}
			mols[i] = layout.Decode(t.model.Vocabulary, r.X0()[i*r.Dims:(i+1)*r.Dims], n, t.fixed.held(), t.walls, t.around.Centre, fmt.Sprintf("keel-%04d", i+1))
			t.fixed.restore(mols[i])
			return nil
		})
	}
	group.Wait() // decoding does not fail
	return mols
}

// Reward scores finished samples in the pocket; what has no reward is NaN.
func (t *Target) Reward(ctx context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	mols := t.Molecules(r)
	scores, err := t.pool.Score(ctx, mols, t.reward.Needs(), nil)
	if err != nil {
		return nil, nil, err
	}
	results, err := t.reward.Of(ctx, mols, scores)
	if err != nil {
		return nil, nil, err
	}
	rewards := make([]float64, len(mols))
	for i, one := range results {
		rewards[i] = one.Total
	}
	s := Statistics(scores, len(scores))
	return rewards, map[string]float64{
		"vina_score": s.VinaScore, "vina_min": s.VinaMin, "qed": s.QED, "sa": s.SA, "valid": s.Valid, "connected": s.Connected,
		"unique": s.Unique, "atoms": s.Atoms,
	}, nil
}

// Statistics are the figures of a set of scored samples. QED and SA are means over the valid, Vina's over those of them that
// are in one piece, for it scores no others. Unique counts different valid molecules in one piece.
func Statistics(scores []oracle.Score, asked int) run.Stats {
	st := run.Stats{Samples: asked}
	means := map[*float64][2]float64{}
	add := func(to *float64, v float64) {
		if !math.IsNaN(v) {
			m := means[to]
			means[to] = [2]float64{m[0] + v, m[1] + 1}
		}
	}
	smiles := map[string]bool{}
	for _, s := range scores {
		add(&st.Atoms, float64(s.Atoms))
		if s.Valid {
			st.Valid++
		}
		if !s.Valid {
			continue
		}
		add(&st.VinaScore, s.VinaScore) // NaN for what is in pieces
		add(&st.VinaMin, s.VinaMin)
		add(&st.QED, s.QED)
		add(&st.SA, s.SA)
		if s.Connected {
			st.Connected++
			smiles[s.SMILES] = true
		}
	}
	n := float64(max(asked, 1))
	st.Valid, st.Connected, st.Unique = st.Valid/n, st.Connected/n, float64(len(smiles))/n
	for _, to := range []*float64{&st.VinaScore, &st.VinaMin, &st.QED, &st.SA, &st.Atoms} {
		m := means[to]
		*to = m[0] / m[1] // NaN where nothing was to be had
	}
	return st
}
