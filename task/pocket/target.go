package pocket

import (
	"cmp"
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
	sizing       *sizePolicy    // nil where sizes are as the pocket, or the user, suggests
	fixed        *Fixed         // nil where all is drawn
	reward       *reward.Reward // nil where it serves for sampling alone
	pool         *oracle.Pool
	memory       *reward.Memory // of what was rewarded
	asked        int            // batches that were
	last         *judged        // the latest of them
	dock         bool           // before they are
	samples      string         // folder for every batch that is rewarded; "" for none
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

// NewTarget prepares a pocket about a centre for sampling.
func NewTarget(e *nn.Engine, m *Model, p *Pocket, centre chem.Vec, sizes Sizes) (*Target, error) {
	if sizes.Mean == 0 {
		sizes.Mean = m.Sizes.Mean(p, centre)
	}
	t := &Target{model: m, around: p.Around(centre), walls: p.walls(), sizes: sizes, net: m.Net}
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
	var tilt float64
	if t.sizing != nil {
		tilt = t.sizing.tilt()
	}
	for i, atoms := range t.model.Sizes.Draw(rng, t.sizes.Mean, n, t.sizes.Low, t.sizes.High, tilt) {
		out[i] = shape{atoms, t.fixed.groups(atoms, t.model.Groups.Draw(rng, atoms, limit), limit)}
	}
	return out
}

// Prior draws sizes and numbers of groups, as many as fit the padded size of this target; the pocket is shared by the batch.
func (t *Target) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	return t.prior(t.net.Layout, t.shapes(rng, size, t.net.Layout.Nodes))
}

func (t *Target) prior(layout Layout, shapes []shape) (policy.Prior, error) {
	p := shaped(layout, shapes)
	if t.fixed != nil {
		fixed, known := make([]float32, p.Dims), make([]float32, p.Dims)
		if err := t.fixed.write(layout, t.around.Centre, fixed, known); err != nil {
			return p, err
		}
		p.Fixed, p.Known = slices.Repeat(fixed, p.Size), slices.Repeat(known, p.Size)
	}
	p.Cond = append(p.Cond, Conditions([]*Surroundings{t.around})...)
	return p, nil
}

// shaped is a prior of molecules of these sizes, with what the network is told of them as conditions.
func shaped(layout Layout, shapes []shape) policy.Prior {
	size, dims := len(shapes), layout.Dims()
	p := policy.Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims), Covariate: make([]float64, size)}
	nodes, atoms := make([]float32, size*layout.Nodes), make([]float32, size)
	for i, s := range shapes {
		atoms[i], p.Covariate[i] = float32(s.atoms), float64(s.atoms)
		layout.Mask(s.groups, p.Mask[i*dims:(i+1)*dims])
		for k := range s.groups {
			nodes[i*layout.Nodes+k] = 1
		}
	}
	p.Cond = []*nn.Tensor{nn.FromFloats(nodes, size, layout.Nodes), nn.FromFloats(atoms, size, 1)}
	return p
}

// Molecules decodes finished samples.
func (t *Target) Molecules(r *policy.Rollout) []*chem.Molecule { return t.decode(t.net.Layout, r) }

// decode reads finished samples of a layout as molecules.
func (t *Target) decode(layout Layout, r *policy.Rollout) []*chem.Molecule {
	return decode(layout, r, func(int) *Target { return t })
}

// decode reads finished samples, each in its pocket, on all cores.
func decode(layout Layout, r *policy.Rollout, in func(i int) *Target) []*chem.Molecule {
	mols := make([]*chem.Molecule, r.Size)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range mols {
		group.Go(func() error {
			n := layout.groups(r.Mask[i*r.Dims : (i+1)*r.Dims])
			t := in(i)
			mols[i] = layout.Decode(t.model.Vocabulary, r.X0()[i*r.Dims:(i+1)*r.Dims], n, t.fixed.held(), t.walls, t.around.Centre, fmt.Sprintf("keel-%04d", i+1))
			t.fixed.restore(mols[i])
			return nil
		})
	}
	group.Wait() // decoding does not fail
	return mols
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
