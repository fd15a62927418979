package pocket

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"keel/chem"
	"keel/chem/rigid"
	"keel/nn"
	"keel/oracle"
	"keel/pretrain"
	"keel/run"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// Figure is one measured number.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

const (
	benchBatch   = 64              // examples in a training step
	benchTime    = 4 * time.Second // that a training step is repeated for
	benchSamples = 128             // molecules sampled
	benchAtoms   = 25
	benchSteps   = 50
	benchRewards = 200  // molecules scored with all metrics of a reward
	benchNative  = 5000 // molecules scored by Vina alone
)

// BenchEngine measures the machine's matmul rate, and training steps of the default network: samples/s, the rate at which
// the network's own products are done, and its share of the machine's.
func BenchEngine(ctx context.Context, e *nn.Engine) ([]Figure, error) {
	peak, err := e.MatmulPeak()
	if err != nil {
		return nil, err
	}
	out := []Figure{{"matmul peak", peak, "GFLOP/s"}}
	net := DefaultNetwork()
	net.Layout.Types, net.Vocabulary = DefaultPretrain().Vocabulary.Size, benchVocabulary()
	layout, err := net.Declare(e)
	if err != nil {
		return nil, err
	}
	for _, bucket := range Buckets[:2] {
		for _, inPocket := range []bool{false, true} {
			t, err := newTraining(e, net, layout, bucket, inPocket)
			if err != nil {
				return nil, err
			}
			rate, err := t.rate(ctx)
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("training, %d groups", bucket)
			net.Layout.Nodes = bucket
			work := net.Products(0, 1)
			if inPocket {
				name += " in a pocket"
				work = net.Products(PocketAtoms, 1)
			}
			flops := rate * trainingPasses * 2 * work / 1e9
			out = append(out, Figure{name, rate, "samples/s"}, Figure{name, flops, "GFLOP/s"}, Figure{name, 100 * flops / peak, "% of peak"})
		}
	}
	return out, nil
}

// benchVocabulary has as many groups as the shipped model's, all of them carbon atoms.
func benchVocabulary() *rigid.Vocabulary {
	carbon := rigid.NewLearner().Vocabulary(SingleAtoms[:1], 1, 1).Groups[0]
	return &rigid.Vocabulary{Groups: slices.Repeat([]rigid.Group{carbon}, DefaultPretrain().Vocabulary.Size)}
}

// training is one training step on generated examples, to be repeated.
type training struct {
	stepper *pretrain.Stepper
	state   *nn.OptState
	batch   *pretrain.Batch
	rng     *rand.Rand
}

func newTraining(e *nn.Engine, net Network, layout *nn.Layout, bucket int, inPocket bool) (*training, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	ex := Example{Ligand: walk(rng, bucket)}
	var err error
	if ex.Pieces, err = rigid.NewLearner().Vocabulary(SingleAtoms, 0, 1).Pieces(ex.Ligand); err != nil {
		return nil, err
	}
	if inPocket {
		if ex.Pocket, err = shell(rng, 2*PocketAtoms); err != nil {
			return nil, err
		}
	}
	batch, err := NewBatch(net, bucket, slices.Repeat([]Example{ex}, benchBatch), rng)
	if err != nil {
		return nil, err
	}
	levels := DefaultPretrain().Train.Levels()
	t := &training{stepper: pretrain.NewStepper(e, layout, nn.Adam{}, sde.VP{}, levels), state: nn.NewOptState(layout.Init(1)), batch: batch, rng: rng}
	return t, t.step() // compiles
}

func (t *training) step() error {
	_, err := t.stepper.Step(t.state, t.batch, 1e-4, t.rng)
	return err
}

// rate is in examples a second.
func (t *training) rate(ctx context.Context) (float64, error) {
	begin, done := time.Now(), 0
	for ; done < 2 || time.Since(begin) < benchTime; done++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := t.step(); err != nil {
			return 0, err
		}
	}
	return float64(done*t.batch.Size) / time.Since(begin).Seconds(), nil
}

// trainingPasses is the cost of a training step in forward passes: one forward, and one product each for the
// gradients of both factors of every product.
const trainingPasses = 3

// Products counts the multiply-adds of one denoising of one molecule, padded to the network's layout, in products of
// matrices; all else is left out. pocketAtoms is 0 without a pocket; sharing says how many molecules share the pocket's keys
// and values.
func (n Network) Products(pocketAtoms, sharing int) float64 {
	a, h, p, types := float64(n.Layout.Nodes), float64(n.Hidden), float64(n.Pair), float64(n.Layout.Types)
	heads, orders, layers := float64(n.Heads), float64(NumOrders), float64(n.Layers)
	const time, geometry, places = 2*noiseFeatures + 3, 15, 3
	out := p + heads + places*moves

	embed := time*h + h*h + h*p + a*types*(h+3*ports) + a*a*(2*orders+pairBumps+geometry)*p
	pairs := a*a*(p+pairBumps+geometry+ports*ports*float64(len(reachBumps)))*p + a*h*2*p + a*a*p*(out+places*ports)
	attention := 4*a*h*h + 2*a*a*h                                         // query, key, value and out; logits and their mean
	rest := a*p*h + h*h + 4*a*h*h + a*h*places*(2*moves)                   // messages, time, the inner layer, moves of their own
	orient := a*a*3*3 + a*a*9*3 + a*ports*3*3 + places*(moves+ports)*a*a*3 // who lies where in whose axes; moves along pairs
	output := a*h*types + a*a*p*p + a*h*p + a*a*p*orders
	total := embed + layers*(pairs+attention+rest+orient) + output
	if pocketAtoms > 0 {
		m, w := float64(pocketAtoms), float64(pocketWidth)
		vectors := float64(pocketHeads + 1)
		look := a*h*(w+float64(len(pocketBumps))+places*pocketHeads+places*vectors) + 2*a*m*w + a*m*(4*3+4*vectors) + a*(w+4*vectors)*h
		total += m*(PocketFeatures*pocketInner+pocketInner*(2*w+pocketHeads))/float64(sharing) + float64((n.Layers+n.Every-1)/n.Every)*look
	}
	return total
}

// BenchSampling measures sampling and decoding as [Sample] does them, the programs compiled before.
func BenchSampling(ctx context.Context, e *nn.Engine, m *Model) ([]Figure, error) {
	around, err := shell(rand.New(rand.NewPCG(1, 2)), 2*PocketAtoms)
	if err != nil {
		return nil, err
	}
	t, err := NewTarget(e, m, around, chem.Vec{}, Sizes{Low: benchAtoms, High: benchAtoms, Mean: benchAtoms})
	if err != nil {
		return nil, err
	}
	weights := nn.FromFloats(m.Params, len(m.Params))
	defer nn.Free(weights)
	all := tune.Grid(sde.VP{}, benchSteps)
	d := drawing{target: t, engine: e, process: sde.VP{}, weights: weights, batch: sampleBatch}
	for _, d.steps = range [][]solver.Step{all[:1], all} { // the first compiles
		d.sampling, d.decoding = 0, 0
		if _, err := d.wave(ctx, rand.New(rand.NewPCG(1, 2)), benchSamples/sampleBatch, func(int) {}); err != nil {
			return nil, err
		}
	}
	name := fmt.Sprintf("%d molecules of %d atoms, %d steps", benchSamples, benchAtoms, benchSteps)
	return []Figure{{name, benchSamples / (d.sampling + d.decoding).Seconds(), "molecules/s"}, {"sampling", d.sampling.Seconds(), "s"}, {"decoding", d.decoding.Seconds(), "s"}}, nil
}

// BenchRewards scores copies of the site's ligand, each moved a little: first with all that a reward needs, then by Vina's scoring
// function alone, which needs no worker.
func BenchRewards(ctx context.Context, site *Site) ([]Figure, error) {
	var out []Figure
	for _, c := range []struct {
		name string
		n    int
		cfg  oracle.Config
		what oracle.Metrics
	}{
		{"reward", benchRewards, oracle.Config{}, oracle.Quick},
		{"score", benchNative, oracle.Config{Native: true}, oracle.VinaScore},
		{"score and minimum", benchNative, oracle.Config{Native: true}, oracle.VinaScore | oracle.VinaMin},
	} {
		begin := time.Now()
		pool, err := site.Oracle(ctx, c.cfg)
		if err != nil {
			return nil, err
		}
		defer pool.Close()
		start := time.Since(begin)
		if _, err := pool.Score(ctx, moved(site.Ligand, 8), c.what, nil); err != nil { // imports and grids
			return nil, err
		}
		mols, before := moved(site.Ligand, c.n), pool.Stats()
		begin = time.Now()
		if _, err := pool.Score(ctx, mols, c.what, nil); err != nil {
			return nil, err
		}
		stats, took := pool.Stats(), time.Since(begin).Seconds()
		out = append(out, Figure{c.name + ": start", start.Seconds(), "s"}, Figure{c.name, float64(c.n) / took, "molecules/s"})
		for _, step := range slices.Sorted(maps.Keys(stats.Steps)) {
			out = append(out, Figure{c.name + ": " + step + " on a core", 1000 * (stats.Steps[step] - before.Steps[step]) / float64(c.n), "ms"})
		}
		out = append(out, Figure{c.name + ": failures", float64(len(stats.Failures)), "reasons"})
	}
	return out, nil
}

// moved is n copies of a molecule, each shifted by some 0.5 Å.
func moved(ligand *chem.Molecule, n int) []*chem.Molecule {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	var mols []*chem.Molecule
	for range n {
		m := ligand.HeavyOnly()
		shift := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Scale(0.3)
		for i := range m.Atoms {
			m.Atoms[i].Pos = m.Atoms[i].Pos.Add(shift)
		}
		mols = append(mols, m)
	}
	return mols
}

// BenchTune runs two tuning iterations in dir and says where the time of the second went.
func BenchTune(ctx context.Context, e *nn.Engine, site *Site, m *Model, dir string, log io.Writer) ([]Figure, error) {
	c := DefaultTune()
	c.Compare, c.Pocket.Atoms, c.Pocket.Mean = 0, [2]int{18, benchAtoms}, 22
	c.Tune = tune.Config{Iterations: 2, Batch: 32, Steps: benchSteps}
	r, err := run.Create(dir, &c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := Tune(ctx, e, &c, []*Site{site}, m, r, log); err != nil {
		return nil, err
	}
	records, err := run.ReadMetrics(dir)
	if err != nil {
		return nil, err
	}
	last := records[len(records)-1].Values
	var out []Figure
	for _, part := range []string{"sampling", "decoding", "score", "consistency", "critic", "actor", "total"} {
		out = append(out, Figure{fmt.Sprintf("%s, %d molecules", part, c.Tune.Batch), last["seconds_"+part], "s"})
	}
	return out, nil
}

// walk is a chain of n carbons on a random walk of 1.5 Å steps.
func walk(rng *rand.Rand, n int) *chem.Molecule {
	m := &chem.Molecule{Name: "walk"}
	var at chem.Vec
	for i := range n {
		m.Atoms = append(m.Atoms, chem.Atom{Element: 6, Pos: at})
		step := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		at = at.Add(step.Unit().Scale(1.5))
		if i > 0 {
			m.Bonds = append(m.Bonds, chem.Bond{A: i - 1, B: i, Order: 1})
		}
	}
	return m
}

// shell is a pocket of alanines, 6 to 11 Å from the origin.
func shell(rng *rand.Rand, atoms int) (*Pocket, error) {
	p := &chem.Protein{Name: "shell"}
	names, elements := []string{"N", "CA", "C", "O", "CB"}, []chem.Element{7, 6, 6, 8, 6}
	for i := range atoms {
		k := i % len(names)
		if k == 0 {
			p.Residues = append(p.Residues, chem.Residue{Name: "ALA", Chain: "A", Seq: i / len(names), First: i, End: min(i+len(names), atoms)})
		}
		v := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		p.Atoms = append(p.Atoms, chem.ProteinAtom{Name: names[k], Element: elements[k], Pos: v.Unit().Scale(6 + 5*rng.Float64()), Residue: i / len(names)})
	}
	return NewPocket(p)
}
