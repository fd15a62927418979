package pocket

import (
	"slices"

	"keel/nn"
	"keel/policy"
)

// Refine gives the samples that were rewarded last as the molecules they were decoded to, in the pose that they were rewarded in. A sample that the model cannot represent so stays as it was drawn.
func (t *Target) Refine(r *policy.Rollout) (*policy.Rollout, error) {
	return refine(t.net.Layout, r, t.last, func(int) *Target { return t }), nil
}

// Refine is the same for each sample in its pocket.
func (t *Targets) Refine(r *policy.Rollout) (*policy.Rollout, error) {
	return refine(t.net.Layout, r, t.last, func(i int) *Target { return t.list[r.GroupOf(i)] }), nil
}

func refine(layout Layout, r *policy.Rollout, last *judged, in func(i int) *Target) *policy.Rollout {
	prior := r.Prior
	x0, mask := slices.Clone(r.X0()), slices.Clone(r.Mask)
	nodes, atoms := nn.Floats(r.Cond[0]), nn.Floats(r.Cond[1])
	if r.Covariate != nil {
		prior.Covariate = slices.Clone(r.Covariate)
	}
	for i, m := range last.mols {
		t := in(i)
		if t.fixed != nil || !last.results[i].Whole {
			continue
		}
		e := Example{Ligand: m}
		if e.cut(t.model.Vocabulary, false) != "" || len(e.Pieces) > layout.Nodes {
			continue
		}
		x := make([]float32, r.Dims)
		if layout.Encode(m, e.Pieces, t.around.Centre, nil, x) != nil {
			continue
		}
		copy(x0[i*r.Dims:], x)
		layout.Mask(len(e.Pieces), mask[i*r.Dims:(i+1)*r.Dims])
		for k := range layout.Nodes {
			nodes[i*layout.Nodes+k] = 0
			if k < len(e.Pieces) {
				nodes[i*layout.Nodes+k] = 1
			}
		}
		atoms[i] = float32(len(m.Atoms))
		if prior.Covariate != nil {
			prior.Covariate[i] = float64(len(m.Atoms))
		}
	}
	prior.Mask = mask
	prior.Cond = slices.Clone(r.Cond)
	prior.Cond[0], prior.Cond[1] = nn.FromFloats(nodes, r.Size, layout.Nodes), nn.FromFloats(atoms, r.Size, 1)
	return &policy.Rollout{Prior: prior, Steps: r.Steps, States: [][]float32{x0}}
}
