package gauss

import (
	"fmt"
	"slices"
	"strings"

	"keel/tune"
)

// toy are settings that all estimators share here: a whole batch goes through the network at once.
const toyChunk = 1 << 16

// restoring is the consistency step of the toy problems: score matching on fresh samples of the policy's own.
func restoring() tune.ConsistencyConfig {
	return tune.ConsistencyConfig{Steps: 20, Rate: 1e-3, Minibatch: 512, Fresh: 512, Average: 0.9}
}

// diffac are DiffAC's settings here, with changes.
func diffac(changes map[string]any) map[string]any {
	m := map[string]any{"actor": "ddpg", "learning_rate": 3e-3, "critic_rate": 9e-3, "actor_steps": 20, "critic_steps": 40, "minibatch": 512,
		"memory": 100000, "fresh": 512, "lambda": 0.2, "consistency": map[string]any{"steps": 20, "rate": 1e-3, "minibatch": 512, "average": 0.9}}
	for k, v := range changes {
		m[k] = v
	}
	return m
}

// Variants are the estimators of the stability experiment. The rates are factors of the learning rates here that the sweep of
// `keel bench stability --sweep` found best for each on the default problem.
func Variants() []Variant {
	off := map[string]any{"steps": 0}
	ratio := func(clip float64, updates, epochs int) map[string]any {
		return map[string]any{"learning_rate": 1e-3, "clip": clip, "updates": updates, "epochs": epochs, "chunk": toyChunk}
	}
	ddpg := map[string]any{"learning_rate": 1e-3, "critic_rate": 3e-3, "actor_steps": 20, "critic_steps": 40, "minibatch": 512, "memory": 2048}
	plain := func(changes map[string]any) map[string]any {
		m := map[string]any{"learning_rate": 1e-3, "chunk": toyChunk}
		for k, v := range changes {
			m[k] = v
		}
		return m
	}
	list := []Variant{
		{Label: "diffac-ddpg", Estimator: "diffac", Batch: 8, Settings: diffac(nil)},
		{Label: "diffac-reinforce", Estimator: "diffac", Batch: 8, Settings: diffac(map[string]any{"actor": "reinforce"})},
		{Label: "diffac-ddpg-no-consistency", Estimator: "diffac", Batch: 8, Settings: diffac(map[string]any{"consistency": off})},
		{Label: "diffac-ddpg-no-perturbation", Estimator: "diffac", Batch: 8, Settings: diffac(map[string]any{"perturbation": false, "fresh": 0})},
		{Label: "diffac-ddpg-no-regulariser", Estimator: "diffac", Batch: 8, Settings: diffac(map[string]any{"regulariser": false})},
		{Label: "diffac-ddpg-no-fresh", Estimator: "diffac", Batch: 8,
			Settings: diffac(map[string]any{"fresh": 0, "memory": 32, "lambda": 1})},
		{Label: "reinforce", Estimator: "reinforce", Batch: 16, Settings: plain(nil)},
		{Label: "ddpo-is", Estimator: "ddpo-is", Batch: 32, Settings: ratio(0.1, 4, 2)},
		{Label: "ddpo-is-reference-clip", Estimator: "ddpo-is", Batch: 32, Settings: ratio(1e-4, 2, 1)},
		{Label: "dpok", Estimator: "dpok", Batch: 32, Settings: map[string]any{"learning_rate": 1e-3, "critic_rate": 3e-3, "clip": 0.1, "steps": 8,
			"minibatch": 640, "critic_steps": 20, "critic_minibatch": 640}},
		{Label: "grpo", Estimator: "grpo", Batch: 32, Settings: ratio(0.1, 4, 2)},
		{Label: "ddpg-trajectory", Estimator: "ddpg", Batch: 16, Settings: ddpg},
		{Label: "rwr", Estimator: "rwr", Batch: 32, Settings: plain(map[string]any{"updates": 4, "epochs": 4})},
		{Label: "nft", Estimator: "nft", Batch: 32, Settings: plain(map[string]any{"updates": 4, "epochs": 4})},
		{Label: "diffusion-dpo", Estimator: "diffusion-dpo", Batch: 32, Settings: plain(map[string]any{"updates": 4, "epochs": 4})},
		{Label: "draft", Estimator: "draft", Batch: 16, Gradient: true, Settings: plain(nil)},
		{Label: "adjoint-matching", Estimator: "adjoint-matching", Batch: 16, Gradient: true, Settings: plain(map[string]any{"updates": 2})},
	}
	for _, label := range []string{"reinforce", "ddpo-is", "ddpg-trajectory"} {
		v := list[slices.IndexFunc(list, func(v Variant) bool { return v.Label == label })]
		v.Label, v.Consistency = label+"+consistency", restoring()
		list = append(list, v)
	}
	for i := range list {
		list[i].Rate = 1
		if r, ok := tuned[list[i].Label]; ok {
			list[i].Rate = r
		}
	}
	return list
}

// tuned are the factors found by the sweep, where they are not 1: those with the best mean objective after 480 calls.
var tuned = map[string]float64{
	"reinforce": 10, "ddpo-is": 3, "dpok": 3, "grpo": 3, "rwr": 10, "nft": 3, "draft": 30, "adjoint-matching": 3,
	"reinforce+consistency": 30, "ddpo-is+consistency": 3,
}

// VariantsByName picks variants by their labels; none means all.
func VariantsByName(labels []string) ([]Variant, error) {
	all := Variants()
	if len(labels) == 0 {
		return all, nil
	}
	var list []Variant
	for _, label := range labels {
		i := slices.IndexFunc(all, func(v Variant) bool { return v.Label == label })
		if i < 0 {
			var known []string
			for _, v := range all {
				known = append(known, fmt.Sprintf("%q", v.Label))
			}
			return nil, fmt.Errorf("estimator %q: expected some of %s", label, strings.Join(known, ", "))
		}
		list = append(list, all[i])
	}
	return list, nil
}

// Variants are those of the labels that can tune for the problem's reward; none means all that can.
func (p Problem) Variants(labels []string) ([]Variant, error) {
	list, err := VariantsByName(labels)
	if err != nil || p.Reward != (Absolute{}).Name() && p.Reward != (Box{}).Name() {
		return list, err
	}
	able := slices.DeleteFunc(slices.Clone(list), func(v Variant) bool { return v.Gradient })
	if len(able) < len(list) && len(labels) > 0 {
		i := slices.IndexFunc(list, func(v Variant) bool { return v.Gradient })
		return nil, fmt.Errorf("estimator %q differentiates the reward, and the %s one has no gradient everywhere", list[i].Label, p.Reward)
	}
	return able, nil
}
