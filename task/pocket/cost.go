package pocket

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"keel/chem"
	"keel/nn"
	"keel/run"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// Cost is what sampling costs at one point, as [Sample] does it.
type Cost struct {
	Atoms    int      `json:"atoms"`        // heavy atoms of a molecule
	Pocket   int      `json:"pocket_atoms"` // that the network sees
	Batch    int      `json:"batch"`        // molecules at once
	Steps    int      `json:"steps"`
	Drawn    int      `json:"drawn"`           // molecules that were
	Groups   float64  `json:"groups"`          // rigid groups of a molecule, mean
	Compile  float64  `json:"compile_seconds"` // of a program for each padded size, with one step of each batch
	Sampling float64  `json:"sampling_seconds"`
	Decoding float64  `json:"decoding_seconds"`
	Rate     float64  `json:"molecules_a_second"` // without compiling
	Peak     *float64 `json:"peak_mib,omitempty"` // most memory that the process held; absent where the system does not tell
	LeftOut  string   `json:"left_out,omitempty"` // why it was not measured
}

// costBatches is how many batches are drawn at most, and costDrawn how many molecules where these are fewer: about what one call of keel sample draws.
const costBatches, costDrawn = 32, 128

// Measure draws molecules in a site and fills in what that cost. Sizes that the model does not have are left out, and say so.
func (c *Cost) Measure(ctx context.Context, e *nn.Engine, m *Model, site *Site) error {
	own := *m
	own.samplers = nil // to compile anew
	defer func() {
		for _, s := range own.samplers {
			s.Close()
		}
	}()
	t, err := NewTarget(e, &own, site.Pocket, site.Centre, Sizes{Low: c.Atoms, High: c.Atoms, Mean: float64(c.Atoms)})
	if err != nil {
		c.LeftOut = err.Error()
		return nil
	}
	t.around = site.Pocket.around(site.Centre, c.Pocket)
	resetPeak()
	weights := nn.FromFloats(m.Params, len(m.Params))
	defer nn.Free(weights)
	batches := min(max(costDrawn/c.Batch, 1), costBatches)
	seed := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
	all := tune.Grid(sde.VP{}, c.Steps)
	d := drawing{target: t, engine: e, process: sde.VP{}, weights: weights, batch: c.Batch}
	for _, d.steps = range [][]solver.Step{all[:1], all} {
		begin := time.Now()
		d.sampling, d.decoding = 0, 0
		if _, err := d.wave(ctx, seed(), batches, func(int) {}); err != nil {
			return err
		}
		if len(d.steps) == 1 {
			c.Compile = time.Since(begin).Seconds()
		}
	}
	c.Drawn, c.Groups = batches*c.Batch, 0
	for _, s := range t.shapes(seed(), c.Drawn, Buckets[len(Buckets)-1]) { // those that the wave drew
		c.Groups += float64(s.groups) / float64(c.Drawn)
	}
	c.Sampling, c.Decoding = d.sampling.Seconds(), d.decoding.Seconds()
	c.Rate = float64(c.Drawn) / (c.Sampling + c.Decoding)
	c.Peak = memory(peakLine)
	return nil
}

// Opening is what it costs to make a site of a protein's file, ready for sampling and for scoring.
type Opening struct {
	Atoms   int      `json:"protein_atoms"`
	Bytes   int      `json:"bytes"` // of the PDB file
	Seconds float64  `json:"seconds"`
	Pocket  int      `json:"pocket_atoms"` // near the ligand; the network sees the nearest PocketAtoms of them
	Peak    *float64 `json:"peak_mib,omitempty"`
}

// MeasureOpening opens a site in the first of so many copies of another's protein, which stand side by side in one file.
func MeasureOpening(site *Site, copies int) (o Opening, err error) {
	dir, err := os.MkdirTemp("", "keel-bench-")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	protein, ligand := filepath.Join(dir, "protein.pdb"), filepath.Join(dir, "ligand.sdf")
	if err := run.WriteFile(protein, func(w io.Writer) error { return chem.WritePDB(w, sideBySide(site.Protein, copies)) }); err != nil {
		return o, err
	}
	if err := run.WriteFile(ligand, func(w io.Writer) error { return chem.WriteSDF(w, []*chem.Molecule{site.Ligand}) }); err != nil {
		return o, err
	}
	info, err := os.Stat(protein)
	if err != nil {
		return o, err
	}
	resetPeak()
	begin := time.Now()
	big, err := OpenSite(protein, ligand, nil)
	if err != nil {
		return o, err
	}
	return Opening{len(big.Protein.Atoms), int(info.Size()), time.Since(begin).Seconds(), len(big.Pocket.atoms), memory(peakLine)}, nil
}

// apart is the distance in Å between the copies of a protein that stand side by side.
const apart = 80.0

// sideBySide is copies of a protein in a cubic lattice.
func sideBySide(p *chem.Protein, copies int) *chem.Protein {
	side := 1
	for side*side*side < copies {
		side++
	}
	out := &chem.Protein{Name: p.Name}
	for c := range copies {
		shift := chem.Vec{float64(c % side), float64(c / side % side), float64(c / side / side)}.Scale(apart)
		first, residues := len(out.Atoms), len(out.Residues)
		for _, a := range p.Atoms {
			a.Pos, a.Residue = a.Pos.Add(shift), a.Residue+residues
			out.Atoms = append(out.Atoms, a)
		}
		for _, r := range p.Residues {
			r.First, r.End = r.First+first, r.End+first
			out.Residues = append(out.Residues, r)
		}
	}
	return out
}

// resetPeak forgets the most memory that the process has held, where the system can.
func resetPeak() {
	runtime.GC()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // elsewhere the peak is that since the start
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB`)

// memory is what a line of the process's status says, in MiB; nil where the system does not tell.
func memory(line *regexp.Regexp) *float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	found := line.FindSubmatch(text)
	if found == nil {
		return nil
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return nil
	}
	mib := kib / 1024
	return &mib
}
