package tune

import (
	"context"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// states are where DiffAC's critic and actor learn in one iteration: perturbed samples of the memory, or this iteration's trajectories.
type states struct {
	d          *DiffAC
	it         *Iteration
	samples    *policy.Replay // that are perturbed
	baseline   *policy.Baseline
	trajectory *trajectories // nil under perturbation
	togo       [][]float64   // its standardised returns
	rows       []place       // its transitions
}

func (d *DiffAC) newStates(ctx context.Context, it *Iteration) (s *states, err error) {
	s = &states{d: d, it: it, samples: &d.memory}
	s.baseline = d.memory.Baseline()
	if d.config.Fresh > 0 {
		s.samples, err = d.setting.draw(ctx, d.policy.Params, d.config.Fresh, it.RNG)
	}
	if d.config.Perturbation {
		return s, err
	}
	if s.trajectory, err = newTrajectories(d.setting, it, d.Name()); err != nil {
		return nil, err
	}
	s.togo = s.trajectory.returns()
	for k, row := range s.togo {
		for b := range row {
			if s.trajectory.kl != nil { // a state's return holds the cost of its own step too
				row[b] -= d.setting.Beta * s.trajectory.kl[k][b]
			}
			row[b] = s.standardised(row[b], it.Rollout.GroupOf(b), it.Rollout.CovariateOf(b))
		}
	}
	s.rows = s.trajectory.places(it.RNG)
	return s, nil
}

// standardised is a return above its sample's baseline, as the actor and the critic see it.
func (s *states) standardised(g float64, group int, covariate float64) float64 {
	if s.d.config.Ranks {
		return s.baseline.NormalScore(g, group, covariate)
	}
	return s.baseline.Standardised(g, group, covariate)
}

// critic are the inputs of a critic step while the policy is old.
func (s *states) critic(old *nn.Tensor) []any {
	if s.trajectory != nil {
		list := s.draw()
		t, cond := s.trajectory.batch(list, s.togo)
		s.ends(t, list)
		return join(t.Inputs(), cond)
	}
	list := s.samples.Draw(s.it.RNG, s.d.config.Minibatch)
	t, u := s.perturbedValues(list)
	cond := conditions(s.samples, list)
	if s.d.config.Fresh > 0 {
		cond = append(cond, s.rewarded(t, list)...)
	}
	inputs := t.Inputs()
	if s.d.estimatesCost() {
		inputs = join(inputs, []any{old, s.d.setting.pre}, u.Inputs())
	}
	return join(inputs, cond)
}

// actor are the inputs of an actor step: the states with fresh noise, or with what the actor's type has drawn there.
func (s *states) actor(old, reference *nn.Tensor) ([]any, error) {
	var (
		t    *policy.Transitions
		cond []any
		list []policy.Sample
	)
	if s.trajectory != nil {
		t, cond = s.trajectory.batch(s.draw(), s.togo)
	} else {
		list = s.samples.Draw(s.it.RNG, s.d.config.Minibatch)
		if s.d.config.Actor == "matching" {
			t = s.perturbedLevels(list)
		} else {
			t = s.perturbedSteps(list)
		}
		cond = conditions(s.samples, list)
	}
	for i, m := range t.Mask {
		t.Eps[i] = m * float32(s.it.RNG.NormFloat64())
	}
	var err error
	switch s.d.config.Actor {
	case "return", "matching":
		err = s.returns(list, t, cond)
	case "reinforce":
		err = s.judge(old, t, cond)
	}
	return join([]any{s.d.critic.Params, reference, s.d.setting.pre, float32(s.d.setting.Beta / s.baseline.Std)}, t.Inputs(), cond), err
}

// draw picks transitions of the trajectories.
func (s *states) draw() []place {
	list := make([]place, s.d.config.Minibatch)
	for i := range list {
		list[i] = s.rows[s.it.RNG.IntN(len(s.rows))]
	}
	return list
}

// ends puts transitions, as many as fall to one step among all, where the last policy step leads: the actor asks for V there too.
func (s *states) ends(t *policy.Transitions, list []place) {
	at := s.d.at[len(s.d.at)-1]
	last := s.it.Rollout.Steps[at]
	for i, p := range list {
		if s.it.RNG.IntN(len(s.d.at)+1) > 0 {
			continue
		}
		copyState(t.X, i, s.it.Rollout.States[at+1], p.sample, t.Dims)
		t.SetStep(i, solver.Step{From: last.To}, s.d.setting.Process.Kernel)
		t.Scalar[i] = float32(s.standardised(s.it.Rewards[p.sample], s.it.Rollout.GroupOf(p.sample), s.it.Rollout.CovariateOf(p.sample)))
	}
}

// conditions are those of samples of a replay.
func conditions(from *policy.Replay, list []policy.Sample) []any {
	var out []any
	for _, c := range from.Conditions(list) {
		out = append(out, c)
	}
	return out
}

// perturb draws to ~ p(x_t | x_s = from) in the dimensions that exist.
func (s *states) perturb(to, from, mask []float32, at, t float64) {
	alpha, sigma := sde.Transition(s.d.setting.Process, at, t)
	for k, m := range mask {
		if m != 0 {
			to[k] = float32(alpha*float64(from[k]) + sigma*s.it.RNG.NormFloat64())
		}
	}
}

// end is the time at which samples are finished: 0, but for a grid that stops above it.
func (s *states) end() float64 { return s.d.setting.Steps[len(s.d.setting.Steps)-1].To }

// row is transition i's part of a batch of states.
func row(v []float32, i, dims int) []float32 { return v[i*dims : (i+1)*dims] }

// perturbedSteps are policy steps, chosen evenly, at perturbed states of the samples, with their standardised rewards.
func (s *states) perturbedSteps(list []policy.Sample) *policy.Transitions {
	t := policy.NewTransitions(len(list), s.it.Rollout.Dims)
	for i, sample := range list {
		step := s.d.setting.Steps[s.d.at[s.it.RNG.IntN(len(s.d.at))]]
		copyState(t.Mask, i, sample.Free, 0, t.Dims)
		t.SetStep(i, step, s.d.setting.Process.Kernel)
		t.Scalar[i] = float32(s.standardised(sample.Reward, sample.Group, sample.Covariate))
		s.perturb(row(t.X, i, t.Dims), sample.X0, sample.Mask, s.end(), step.From)
	}
	return t
}

// perturbedLevels are perturbed states of the samples at the noise levels of score matching, with their standardised rewards.
func (s *states) perturbedLevels(list []policy.Sample) *policy.Transitions {
	t := policy.NewTransitions(len(list), s.it.Rollout.Dims)
	for i, sample := range list {
		at := max(s.d.setting.Process.Time(matchingLevels.Draw(s.it.RNG)), s.d.setting.Steps[len(s.d.setting.Steps)-1].From)
		copyState(t.Mask, i, sample.Free, 0, t.Dims)
		t.SetStep(i, solver.Step{From: at, To: at}, s.d.setting.Process.Kernel)
		t.Scalar[i] = float32(s.standardised(sample.Reward, sample.Group, sample.Covariate))
		s.perturb(row(t.X, i, t.Dims), sample.X0, sample.Mask, s.end(), at)
	}
	return t
}

// perturbedValues are states x_t for the critic with their standardised rewards in t, up to where the last policy step leads; and in u,
// for the anchor, one later step j of each on the same path x_0 -> x_j -> x_t, with the weight that makes its KL stand for all of them.
func (s *states) perturbedValues(list []policy.Sample) (t, u *policy.Transitions) {
	d, rng := s.d, s.it.RNG
	steps := len(d.at)
	t, u = policy.NewTransitions(len(list), s.it.Rollout.Dims), policy.NewTransitions(len(list), s.it.Rollout.Dims)
	for i, sample := range list {
		copyState(t.Mask, i, sample.Free, 0, t.Dims)
		copyState(u.Mask, i, sample.Free, 0, t.Dims)
		t.Scalar[i] = float32(s.standardised(sample.Reward, sample.Group, sample.Covariate))
		k := rng.IntN(steps + 1)
		j := min(k, steps-1) + rng.IntN(max(steps-k, 1))
		cost := d.setting.Steps[d.at[j]]
		x := row(u.X, i, t.Dims)
		s.perturb(x, sample.X0, sample.Mask, s.end(), cost.From)
		u.SetStep(i, cost, d.setting.Process.Kernel)
		u.Scalar[i] = float32(d.setting.Beta / s.baseline.Std * float64(steps-k)) // none after the last step
		if k == steps {
			last := d.setting.Steps[d.at[steps-1]]
			t.SetStep(i, solver.Step{From: last.To}, d.setting.Process.Kernel)
			s.perturb(row(t.X, i, t.Dims), sample.X0, sample.Mask, s.end(), last.To)
			continue
		}
		at := d.setting.Steps[d.at[k]]
		t.SetStep(i, at, d.setting.Process.Kernel)
		s.perturb(row(t.X, i, t.Dims), x, sample.Mask, cost.From, at.From)
	}
	return t, u
}

// rewarded writes the fresh samples as Ref, and as Old samples of the memory whose rewards are Scalar and whose conditions it gives.
func (s *states) rewarded(t *policy.Transitions, fresh []policy.Sample) []any {
	alpha, sigma := s.d.setting.Process.Kernel(s.end())
	list := s.d.memory.Draw(s.it.RNG, t.Size)
	for i, sample := range list {
		copyState(t.Ref, i, fresh[i].X0, 0, t.Dims)
		copyState(t.Old, i, sample.X0, 0, t.Dims)
		t.Scalar[i] = float32(s.standardised(sample.Reward, sample.Group, sample.Covariate))
		t.NextKernel[2*i], t.NextKernel[2*i+1] = float32(alpha), float32(sigma)
	}
	return conditions(&s.d.memory, list)
}

// judge lets the old policy draw the steps, and writes their advantages V(x_s, s) - V(x_t, t).
func (s *states) judge(old *nn.Tensor, t *policy.Transitions, cond []any) error {
	out, err := s.d.judge.Call(join([]any{old, s.d.critic.Params}, t.Inputs(), cond)...)
	if err != nil {
		return err
	}
	t.Scalar, t.Old = nn.Floats(out[0]), nn.Floats(out[1])
	nn.Free(out...)
	return nil
}

// returns writes the advantages R - V(x_t, t), and as Old x_0. An advantage below -lambda would leave the objective without
// a bound: the regulariser could not hold what it pushes away. For matching the bound rises to 0 as the noise level l falls, by l² / (l² + 1): where the
// noise is small against the data all that is open is a sample's fine detail, which the policy has right, so that there is nowhere to push it but away from the data.
func (s *states) returns(list []policy.Sample, t *policy.Transitions, cond []any) error {
	out, err := s.d.value.Call(join([]any{s.d.critic.Params}, t.Inputs(), cond)...)
	if err != nil {
		return err
	}
	defer nn.Free(out...)
	bound := 0.0
	if s.d.config.Regulariser {
		bound = -s.d.config.Repulsion * s.d.config.Lambda
	}
	for i, v := range nn.Floats(out[0]) {
		lowest := bound
		if s.d.config.Actor == "matching" {
			alpha, sigma := float64(t.Kernel[2*i]), float64(t.Kernel[2*i+1])
			lowest *= sigma * sigma / (sigma*sigma + alpha*alpha)
		}
		t.Scalar[i] = float32(min(max(float64(t.Scalar[i]-v), lowest), highestAdvantage))
		copyState(t.Old, i, list[i].X0, 0, t.Dims)
	}
	return nil
}

// highestAdvantage keeps one lucky sample from being all that an iteration learns, in standard deviations of the reward.
const highestAdvantage = 5
