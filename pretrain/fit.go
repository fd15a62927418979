package pretrain

import (
	"context"
	"fmt"
	"io"
	"slices"

	"keel/nn"
	"keel/run"
)

// Fit trains from the run's latest checkpoint, or else from new parameters with what the weights file start has, where one is named, and writes model.safetensors.
func (t *Trainer) Fit(ctx context.Context, src Source, r *run.Run, start string) error {
	if err := t.begin(r, start); err != nil {
		return err
	}
	if err := t.Train(ctx, src, r); err != nil {
		return err
	}
	return run.WriteFile(r.Path("model.safetensors"), t.WriteModel)
}

// begin gives the trainer its state: that of the run's latest checkpoint, or else new parameters, with what the weights file start has in the
// same shapes where one is named.
func (t *Trainer) begin(r *run.Run, start string) error {
	path, step, ok, err := r.LatestCheckpoint()
	if err != nil {
		return err
	}
	if ok {
		if err := t.Restore(path); err != nil {
			return err
		}
		if err := r.TruncateAfter(step); err != nil {
			return err
		}
		fmt.Fprintf(t.Log, "going on after step %d\n", step)
		return nil
	}
	params := t.Layout.Init(t.Seed)
	if start != "" {
		if err := startFrom(params, t.Layout, start, t.Log); err != nil {
			return err
		}
	}
	t.State = nn.NewOptState(params)
	return nil
}

// averaged is the prefix of the averaged parameters in a checkpoint.
const averaged = "ema."

// Params gives a network's parameters in a weights file, or the averaged ones of a checkpoint of training that may still be going on.
func Params(layout *nn.Layout, w *nn.Weights) ([]float32, error) {
	prefix := ""
	if _, ok := w.Tensors[averaged+layout.Specs[0].Name]; ok {
		prefix = averaged
	}
	return layout.Unpack(w, prefix)
}

// startFrom takes all parameters that a weights file has in the same shape: of a checkpoint, the averages.
func startFrom(params []float32, layout *nn.Layout, path string, log io.Writer) error {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return err
	}
	taken := 0
	for _, s := range layout.Specs {
		for _, prefix := range []string{averaged, ""} {
			from, ok := w.Tensors[prefix+s.Name]
			if ok && slices.Equal(from.Dims, s.Dims) {
				copy(params[s.Offset:s.Offset+s.Size()], from.Values)
				taken++
				break
			}
		}
	}
	fmt.Fprintf(log, "starting with %d of %d parameters from %s\n", taken, len(layout.Specs), path)
	if taken == 0 {
		return fmt.Errorf("%s: not one parameter has the name and shape of this network's", path)
	}
	return nil
}
