package policy

import (
	"fmt"
	"strconv"
	"strings"

	"keel/nn"
)

// Tracker standardises rewards by running statistics of their own condition over the iterations (kvablack/ddpo-pytorch,
// stat_tracking.py), for batches that hold few samples of each condition. The zero value is ready, with the reference code's settings.
type Tracker struct {
	Buffer   int // latest rewards kept for each condition; 16 where zero
	MinCount int // with fewer rewards than this a condition is judged by the whole batch's statistics; 16 where zero
	kept     map[int][]float64
}

// trackerEps keeps the standard deviation from 0, as in the reference code.
const trackerEps = 1e-6

// trackerPrefix begins the names of a tracker's tensors in a checkpoint.
const trackerPrefix = "condition_rewards."

func orDefault(value, def int) int {
	if value == 0 {
		return def
	}
	return value
}

// Advantages takes a batch's rewards in and gives (r - mean) / std with the statistics of each sample's condition, this batch
// included. A failed reward stays out and gets the advantage 0. group [len(rewards)] names the conditions, nil is one.
func (t *Tracker) Advantages(rewards []float64, group []int) []float64 {
	if t.kept == nil {
		t.kept = map[int][]float64{}
	}
	_, batchMean, batchStd, _ := Standardise(rewards)
	out := make([]float64, len(rewards))
	for _, members := range finiteGroups(rewards, group) {
		name := groupOf(group, members[0])
		for _, r := range pickRewards(rewards, members) {
			// In the precision of a checkpoint, so that a resumed run does not drift from an uninterrupted one.
			t.kept[name] = append(t.kept[name], float64(float32(r)))
		}
		t.kept[name] = t.kept[name][max(0, len(t.kept[name])-orDefault(t.Buffer, 16)):]
		mean, std := batchMean, batchStd
		if len(t.kept[name]) >= orDefault(t.MinCount, 16) {
			mean, std = moments(t.kept[name])
		}
		for _, i := range members {
			out[i] = (rewards[i] - mean) / (std + trackerEps)
		}
	}
	return out
}

// Save writes the rewards kept into a checkpoint.
func (t *Tracker) Save(w *nn.Weights) {
	for name, rewards := range t.kept {
		values := make([]float32, len(rewards))
		for i, r := range rewards {
			values[i] = float32(r)
		}
		w.Tensors[trackerPrefix+strconv.Itoa(name)] = nn.WeightTensor{Dims: []int{len(values)}, Values: values}
	}
}

// Load is the inverse of Save.
func (t *Tracker) Load(w *nn.Weights) error {
	t.kept = map[int][]float64{}
	for key, tensor := range w.Tensors {
		text, ours := strings.CutPrefix(key, trackerPrefix)
		if !ours {
			continue
		}
		name, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("tensor %q: expected the number of a condition after %q", key, trackerPrefix)
		}
		for _, r := range tensor.Values {
			t.kept[name] = append(t.kept[name], float64(r))
		}
	}
	return nil
}
