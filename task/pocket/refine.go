package pocket

import (
	"slices"

	"keel/nn"
	"keel/policy"
)

// Refine gives the samples that were rewarded last as the molecules they were decoded to, in the pose that they were rewarded in. A sample that
// the model cannot represent so stays as it was drawn.
func (t *Target) Refine(r *policy.Rollout) (*policy.Rollout, error) {
	return refine(t.net.Layout, r, t.last, func(int) *Target { return t }), nil
}

// Refine is the same for each sample in its pocket.
func (t *Targets) Refine(r *policy.Rollout) (*policy.Rollout, error) {
	return refine(t.net.Layout, r, t.last, func(i int) *Target { return t.list[r.GroupOf(i)] }), nil
}

func refine(layout Layout, r *policy.Rollout, last *judged, in func(i int) *Target) *policy.Rollout {
	x0, atoms := slices.Clone(r.X0()), nn.Floats(r.Cond[1])
	shapes := make([]shape, r.Size)
	for i, m := range last.mols {
		shapes[i] = shape{int(atoms[i]), layout.groups(r.Mask[i*r.Dims : (i+1)*r.Dims])}
		t := in(i)
		if t.fixed != nil || !last.results[i].Whole {
			continue
		}
		pieces, err := t.model.Vocabulary.Pieces(m)
		if err != nil {
			continue
		}
		x := make([]float32, r.Dims)
		if layout.Encode(m, pieces, t.around.Centre, nil, x) == nil {
			copy(x0[i*r.Dims:], x)
			shapes[i] = shape{len(m.Atoms), len(pieces)}
		}
	}
	p := shaped(layout, shapes)
	p.Group, p.Fixed, p.Known, p.Cond = r.Group, r.Fixed, r.Known, append(p.Cond, r.Cond[len(p.Cond):]...)
	return &policy.Rollout{Prior: p, Steps: r.Steps, States: [][]float32{x0}}
}
