package docked

import (
	"bytes"
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"keel/chem"
	"keel/chem/vina"
)

// Reasons in Counts.
const (
	tried         = "tried"
	kept          = "kept"
	noReceptor    = "receptor missing or unusable"
	unreadable    = "ligand unreadable"
	unprepared    = "ligand cannot be prepared for docking"
	noPose        = "no pose in the box"
	weak          = "energy too high"
	inefficient   = "energy by heavy atom too high"
	strained      = "strained within"
	exposed       = "too little buried"
	tooNear       = "too near the protein"
	twisted       = "twisted ester"
	notAmongBest  = "not among the best of its receptor"
	hopelessAt    = "energy too high in the screening"
	uncut         = "no pocket around it"
	pocketRadius  = 10.0 // Å
	burialRadius  = 4.5  // Å
	screeningSlip = 1.5  // kcal/mol that a screening may miss by
)

// candidate is a ligand that was docked.
type candidate struct {
	record
	mol    *chem.Molecule
	ligand *vina.Ligand
	atoms  []int
	best   vina.Docked
	rank   float64
	facts
}

// dock docks ligands into one receptor and returns the complexes to keep.
func (b *builder) dock(ctx context.Context, s site) ([]complexFile, Counts) {
	c := Counts{}
	protein, field, err := b.prepare(s)
	if err != nil {
		c[noReceptor]++
		return nil, c
	}
	h := fnv.New64a()
	h.Write([]byte(s.receptor))
	rng := rand.New(rand.NewPCG(b.Seed, h.Sum64()))
	var found []candidate
	seen := map[int]bool{}
	for range b.Tries {
		r := b.ligands.draw(rng, s.heavy, b.Settings)
		seed := rng.Uint64()
		if seen[r.number] || ctx.Err() != nil {
			continue
		}
		seen[r.number] = true
		c[tried]++
		k, why := b.screen(ctx, field, r, seed)
		if why != "" {
			c[why]++
			continue
		}
		found = append(found, k)
	}
	slices.SortStableFunc(found, byRank)
	var good []candidate
	for i, k := range found {
		if i >= (len(found)+1)/2 {
			c[notAmongBest]++
			continue
		}
		if why := b.refine(ctx, field, protein, &k, rng.Uint64()); why != "" {
			c[why]++
			continue
		}
		good = append(good, k)
	}
	slices.SortStableFunc(good, byRank)
	if n := min(b.Keep, len(good)); n < len(good) {
		c[notAmongBest] += len(good) - n
		good = good[:n]
	}
	var out []complexFile
	for _, k := range good {
		f, err := b.complex(protein, s, &k)
		if err != nil {
			c[uncut]++
			continue
		}
		c[kept]++
		out = append(out, f)
	}
	return out, c
}

// prepare reads the receptor and puts the box into it.
func (b *builder) prepare(s site) (*chem.Protein, *vina.Field, error) {
	protein, err := chem.ParsePDB(bytes.NewReader(b.receptors[s.receptor]), s.receptor)
	if err != nil {
		return nil, nil, err
	}
	text, _, err := chem.ReceptorPDBQT(protein)
	if err != nil {
		return nil, nil, err
	}
	r, err := vina.ReadReceptor(text, s.receptor)
	if err != nil {
		return nil, nil, err
	}
	field, err := r.Field(s.box)
	return protein, field, err
}

// screen docks with little effort.
func (b *builder) screen(ctx context.Context, field *vina.Field, r record, seed uint64) (k candidate, why string) {
	k.record = r
	var err error
	if k.mol, err = r.molecule(); err != nil {
		return k, unreadable
	}
	text, err := chem.LigandPDBQT(k.mol)
	if err != nil {
		return k, unprepared
	}
	k.atoms = text.Atoms
	if k.ligand, err = vina.ReadLigand(text.PDBQT, "ligand"); err != nil {
		return k, unprepared
	}
	poses, err := field.Dock(ctx, k.ligand, vina.DockOptions{Exhaustiveness: 2, Steps: b.ScreenSteps, LocalSteps: localSteps, Poses: 1, Seed: seed})
	if err != nil {
		return k, noPose
	}
	k.settle(poses[0])
	if k.best.Energy.Total > b.MaxEnergy+screeningSlip {
		return k, hopelessAt
	}
	return k, ""
}

// refine docks with more effort, and says what is wrong with the best pose.
func (b *builder) refine(ctx context.Context, field *vina.Field, protein *chem.Protein, k *candidate, seed uint64) (why string) {
	poses, err := field.Dock(ctx, k.ligand, vina.DockOptions{Exhaustiveness: 4, Steps: b.Steps, LocalSteps: localSteps, Poses: 1, Seed: seed})
	if err == nil && poses[0].Energy.Total < k.best.Energy.Total {
		k.settle(poses[0])
	}
	for i, at := range k.atoms {
		if at >= 0 {
			k.mol.Atoms[at].Pos = k.best.Positions[i]
		}
	}
	e := k.best.Energy
	k.measure(protein, k.mol.Positions())
	switch {
	case e.Total > b.MaxEnergy:
		return weak
	case -e.Total < b.MinEfficiency*float64(len(k.mol.Atoms)):
		return inefficient
	case e.Intra > b.MaxIntra:
		return strained
	case k.buried < b.MinBuried:
		return exposed
	case k.nearest < b.MinDistance:
		return tooNear
	case twistedEster(k.mol):
		return twisted
	}
	return ""
}

const localSteps = 10

// settle takes a pose for the best. Candidates are ranked by energy over the root of the size: the energy itself prefers the large, the
// efficiency the small.
func (k *candidate) settle(d vina.Docked) {
	k.best = d
	k.rank = d.Energy.Total / math.Sqrt(float64(len(k.mol.Atoms)))
}

func byRank(a, b candidate) int {
	switch {
	case a.rank < b.rank:
		return -1
	case a.rank > b.rank:
		return 1
	}
	return a.number - b.number
}
