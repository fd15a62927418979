package pocket

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"keel/chem"
	"keel/nn"
	"keel/oracle"
	"keel/policy"
	"keel/reward"
	"keel/run"
)

// Reward scores finished samples in the pocket; what has no reward is NaN. Molecules and scaffolds that came before take from the rewards.
func (t *Target) Reward(ctx context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	clock := time.Now()
	mols := t.Molecules(r)
	figures := map[string]float64{"seconds_decoding": time.Since(clock).Seconds()}
	clock = time.Now()
	b, err := t.judge(ctx, mols, r.Covariate, r.Restarted())
	if err != nil {
		return nil, nil, err
	}
	figures["seconds_score"] = time.Since(clock).Seconds()
	b.figures(figures, t.memory)
	r.Again = b.copies()
	return b.rewards(), figures, nil
}

// judged are molecules of one batch with all that is said of them.
type judged struct {
	mols    []*chem.Molecule
	scores  []oracle.Score
	results []reward.Result
	places  []reward.Place
	asked   []float64 // heavy atoms
	again   []bool    // started from another sample instead of from noise
}

// judge scores and rewards the next batch, for which so many heavy atoms were asked, and writes it down.
func (t *Target) judge(ctx context.Context, mols []*chem.Molecule, asked []float64, again []bool) (b *judged, err error) {
	for i, m := range mols {
		m.Name = fmt.Sprintf("s%03d-%04d", t.asked+1, i+1)
	}
	if mols, err = t.settled(ctx, t.pool, mols); err != nil {
		return nil, err
	}
	b = &judged{mols: mols, asked: asked, again: again}
	t.last = b
	if b.scores, err = t.pool.Score(ctx, mols, t.reward.Needs(), nil); err != nil {
		return nil, err
	}
	if b.results, err = t.reward.Of(ctx, mols, b.scores); err != nil {
		return nil, err
	}
	t.asked++
	if t.sizing != nil {
		for i, r := range b.results {
			if !again[i] && !math.IsNaN(r.Total) {
				t.sizing.add(asked[i], r.Total)
			}
		}
	}
	b.places = t.memory.Take(mols, b.results)
	if t.samples != "" {
		err = b.write(t.samples, t.asked, t.reward)
	}
	return b, err
}

// settled gives the molecules in the poses that they are rewarded in: mended, so that none fits because it is out of shape, and docked from there.
func (t *Target) settled(ctx context.Context, pool *oracle.Pool, mols []*chem.Molecule) ([]*chem.Molecule, error) {
	if !t.dock {
		return mols, nil
	}
	mended, err := pool.Mended(ctx, mols)
	if err != nil {
		return nil, err
	}
	return pool.QuickDocked(ctx, mended)
}

// add joins another batch to this one.
func (b *judged) add(other *judged) {
	b.mols, b.scores = append(b.mols, other.mols...), append(b.scores, other.scores...)
	b.results, b.places = append(b.results, other.results...), append(b.places, other.places...)
	b.asked, b.again = append(b.asked, other.asked...), append(b.again, other.again...)
}

func (b *judged) rewards() []float64 {
	list := make([]float64, len(b.places))
	for i, p := range b.places {
		list[i] = p.Reward
	}
	return list
}

// copies says which molecules came before.
func (b *judged) copies() []bool {
	list := make([]bool, len(b.places))
	for i, p := range b.places {
		list[i] = p.Copies > 0
	}
	return list
}

// figures adds what is logged of a batch.
func (b *judged) figures(to map[string]float64, memory *reward.Memory) {
	s := Statistics(b.scores, len(b.scores))
	for name, v := range map[string]float64{"vina_score": s.VinaScore, "vina_min": s.VinaMin, "qed": s.QED, "sa": s.SA, "valid": s.Valid,
		"connected": s.Connected, "unique": s.Unique, "atoms": s.Atoms} {
		to[name] = v
	}
	var merits, asked []float64 // the policy's own
	to["duplicates"], to["crowded"] = 0, 0
	for i, p := range b.places {
		if !b.again[i] {
			merits, asked = append(merits, b.results[i].Total), append(asked, b.asked[i])
		}
		if p.Copies > 0 {
			to["duplicates"]++
		}
		if memory.Full(p.Bucket) {
			to["crowded"]++
		}
	}
	_, to["merit_mean"], _, _ = policy.Standardise(merits)
	_, to["atoms_asked"], _, _ = policy.Standardise(asked)
}

// write writes the table of the batch and its poses into the folder.
func (b *judged) write(folder string, step int, earn *reward.Reward) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	path := filepath.Join(folder, fmt.Sprintf("step-%06d", step))
	column := func(name string, of func(i int) float64) oracle.Extra {
		x := oracle.Extra{Name: name, Values: make([]float64, len(b.mols))}
		for i := range x.Values {
			x.Values[i] = of(i)
		}
		return x
	}
	extra := []oracle.Extra{
		column("step", func(int) float64 { return float64(step) }),
		column("reward", func(i int) float64 { return b.places[i].Reward }),
		column("restarted", func(i int) float64 { return map[bool]float64{true: 1}[b.again[i]] }),
		column("copies", func(i int) float64 { return float64(b.places[i].Copies) }),
		column("scaffold_place", func(i int) float64 { return float64(b.places[i].Bucket) }),
	}
	extra = append(extra, merits(earn, b.results)...)
	return errors.Join(
		run.WriteFile(path+".csv", func(w io.Writer) error { return oracle.WriteCSV(w, b.scores, extra...) }),
		run.WriteFile(path+".sdf.gz", func(w io.Writer) error {
			z := gzip.NewWriter(w)
			return errors.Join(chem.WriteSDF(z, b.mols), z.Close())
		}),
	)
}

// merits are the columns of molecules' rewards without regard to other molecules, and of what they are made of.
func merits(earn *reward.Reward, results []reward.Result) []oracle.Extra {
	merit, why := oracle.Extra{Name: "merit", Values: make([]float64, len(results))}, oracle.Extra{Name: "reward_error", Texts: make([]string, len(results))}
	for i, r := range results {
		merit.Values[i], why.Texts[i] = r.Total, r.Error
	}
	return append(append([]oracle.Extra{merit}, earn.Columns(results)...), why)
}

// What a checkpoint says of a target's rewards.
const (
	memoryKey = "reward.memory"
	askedKey  = "reward.batches"
	sizeKey   = "sizes"
)

// Save keeps what later rewards depend on.
func (t *Target) Save(w *nn.Weights) error {
	w.Metadata[askedKey] = strconv.Itoa(t.asked)
	return t.saveMemory(w, "")
}

func (t *Target) saveMemory(w *nn.Weights, name string) error {
	var err error
	if t.sizing != nil {
		err = t.sizing.save(w, sizeKey+name)
	}
	text, wrong := json.Marshal(t.memory)
	w.Metadata[memoryKey+name] = string(text)
	return errors.Join(err, wrong)
}

// Load is the inverse of Save.
func (t *Target) Load(w *nn.Weights) (err error) {
	if t.asked, err = strconv.Atoi(w.Metadata[askedKey]); err != nil {
		return fmt.Errorf("%s is %q: expected a number", askedKey, w.Metadata[askedKey])
	}
	return t.loadMemory(w, "")
}

func (t *Target) loadMemory(w *nn.Weights, name string) error {
	if t.sizing != nil {
		if err := t.sizing.load(w, sizeKey+name); err != nil {
			return err
		}
	}
	key := memoryKey + name
	if err := json.Unmarshal([]byte(w.Metadata[key]), t.memory); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
