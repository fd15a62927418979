package policy

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// Restart has a sample of a batch start on the way instead of at the process's end: at a perturbed state of a finished sample. Under consistency that state has the law of the
// policy's own, so what is drawn from there are the policy's samples in the neighbourhood of that one (SDEdit, Meng et al. 2022, with a sample of the policy's own).
type Restart struct {
	Row  int       // of the batch
	Step int       // before which the state is set
	X0   []float32 // [Dims] the finished sample
}

// Restart replaces so large a share of the batch, spread over it, by the replay's best samples of the same groups, up to most of each. They start at noise levels sigma/alpha from low to
// high, each step that starts at such a level
// as often as another. Rows whose group has no sample stay as they are, and all where dimensions are given.
func (m *Replay) Restart(p *Prior, share float64, most int, steps []solver.Step, process sde.Process, low, high float64, rng *rand.Rand) {
	if p.Fixed != nil {
		return
	}
	m.adopt(*p)
	best := m.bestByGroup(most)
	var first, after int // steps that start at such levels
	for i, s := range steps {
		alpha, sigma := process.Kernel(s.From)
		if sigma > high*alpha {
			first = i + 1
		}
		if sigma >= low*alpha {
			after = i + 1
		}
	}
	if first >= after {
		return
	}
	own := make([][]float32, len(m.own))
	for n, k := range m.own {
		own[n] = nn.Floats(p.Cond[k])
	}
	for i := range p.Size {
		from := best[p.GroupOf(i)]
		if int(float64(i+1)*share) == int(float64(i)*share) || len(from) == 0 {
			continue
		}
		s := from[rng.IntN(len(from))]
		copy(p.Mask[i*p.Dims:(i+1)*p.Dims], s.Mask)
		for n, v := range own {
			copy(v[i*len(v)/p.Size:], s.Cond[n])
		}
		if p.Covariate != nil {
			p.Covariate[i] = s.Covariate
		}
		p.Restarts = append(p.Restarts, Restart{Row: i, Step: first + rng.IntN(after-first), X0: s.X0})
	}
	for n, k := range m.own {
		nn.Free(p.Cond[k])
		p.Cond[k] = nn.FromFloats(own[n], append([]int{p.Size}, m.ownDims[n]...)...)
	}
}

// Restarted says which rows do not start from noise [Size].
func (p Prior) Restarted() []bool {
	list := make([]bool, p.Size)
	for _, r := range p.Restarts {
		list[r.Row] = true
	}
	return list
}

// fresh are the rows that start from noise.
func (p Prior) fresh() (rows []int) {
	for i, again := range p.Restarted() {
		if !again {
			rows = append(rows, i)
		}
	}
	return rows
}

// rowsIn copies rows of v [size, width] one after another.
func rowsIn(rows []int, v []float32, width int) []float32 {
	out := make([]float32, 0, len(rows)*width)
	for _, i := range rows {
		out = append(out, v[i*width:(i+1)*width]...)
	}
	return out
}

// early is the part of a batch that is drawn before the first of the others restarts.
type early struct {
	Prior
	rows   []int
	before int // the step of the first restart
	own    []*nn.Tensor
}

// early says which part that is; nil where there is nothing to save. Its size is a multiple of a quarter of the batch, if need be with rows that restart: each size is a program to compile.
func (p Prior) early(steps []solver.Step) *early {
	if len(p.Restarts) == 0 || slices.ContainsFunc(steps, func(s solver.Step) bool { return s.Prev != 0 }) { // multistep solvers look back
		return nil
	}
	e := &early{rows: p.fresh(), before: len(steps)}
	for _, r := range p.Restarts {
		e.before = min(e.before, r.Step)
	}
	quarter := (p.Size + 3) / 4
	for _, r := range p.Restarts {
		if len(e.rows) > 0 && len(e.rows)%quarter == 0 {
			break
		}
		e.rows = append(e.rows, r.Row)
	}
	if e.before == 0 || len(e.rows) == p.Size {
		return nil
	}
	e.Prior = Prior{Size: len(e.rows), Dims: p.Dims, Mask: rowsIn(e.rows, p.Mask, p.Dims)}
	for _, c := range p.Cond {
		if dims := c.Shape().Dimensions; dims[0] == p.Size && p.Size > 1 {
			v := nn.Floats(c)
			c = nn.FromFloats(rowsIn(e.rows, v, len(v)/p.Size), append([]int{e.Size}, dims[1:]...)...)
			e.own = append(e.own, c)
		}
		e.Cond = append(e.Cond, c)
	}
	return e
}

// mean is [Sampler.mean] for the early rows; the others' states stay, and their estimates are 0.
func (e *early) mean(s *Sampler, params *nn.Tensor, x []float32, step solver.Step) (clean, mean []float32, err error) {
	some, to, err := s.mean(params, rowsIn(e.rows, x, e.Dims), nil, step, e.Prior)
	if err != nil {
		return nil, nil, err
	}
	clean, mean = make([]float32, len(x)), slices.Clone(x)
	for k, i := range e.rows {
		copy(clean[i*e.Dims:(i+1)*e.Dims], some[k*e.Dims:])
		copy(mean[i*e.Dims:(i+1)*e.Dims], to[k*e.Dims:])
	}
	return clean, mean, nil
}

// FoundAgain counts for each sample that a restart of the batch started from whether the run had had what came out ([Rollout.Again]): there is little left to find around it.
func (m *Replay) FoundAgain(r *Rollout) {
	if r.Again == nil {
		return
	}
	for _, from := range r.Restarts {
		for i := range m.Samples {
			if s := &m.Samples[i]; r.Again[from.Row] && &s.X0[0] == &from.X0[0] {
				s.Found++
			}
		}
	}
}

// exhausted is how many restarts from a sample may find again what the run had had.
const exhausted = 4

// bestByGroup are the samples with the highest rewards that are not exhausted, up to most of each group.
func (m *Replay) bestByGroup(most int) map[int][]Sample {
	order := slices.Clone(m.Samples)
	slices.SortStableFunc(order, func(a, b Sample) int { return cmp.Compare(b.Reward, a.Reward) })
	best := map[int][]Sample{}
	for _, s := range order {
		if s.Found < exhausted && len(best[s.Group]) < most {
			best[s.Group] = append(best[s.Group], s)
		}
	}
	return best
}

// restart sets the states of those that start before step i.
func (p Prior) restart(x []float32, i int, process sde.Process, at float64, rows []*rand.Rand) {
	alpha, sigma := process.Kernel(at)
	for _, r := range p.Restarts {
		if r.Step != i {
			continue
		}
		row := x[r.Row*p.Dims : (r.Row+1)*p.Dims]
		for k, v := range r.X0 {
			if p.Mask[r.Row*p.Dims+k] != 0 {
				row[k] = float32(alpha*float64(v) + sigma*rows[r.Row].NormFloat64())
			}
		}
	}
}
