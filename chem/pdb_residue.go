package chem

import (
	"slices"
	"strings"
)

// builder groups atom lines into residues.
type builder struct {
	protein  *Protein
	run      []pdbAtom // consecutive atoms of one chain, number and insertion code
	seen     map[atomKey]bool
	afterEnd int
	sawAtoms bool
	lines    int
	format   string // another format that the lines give away
}

type atomKey struct {
	residue, name string
	altLoc        byte
}

func (b *builder) atomLine(in *lines) error {
	b.sawAtoms = true
	a, err := parseAtom(in)
	if err != nil {
		return err
	}
	switch {
	case a.element == Hydrogen:
		b.drop(DroppedHydrogens, 1)
		return nil
	case waters[a.residue.Name]:
		b.drop(DroppedWaters, 1)
		return nil
	case a.element == 0:
		b.drop(DroppedNoElement, 1)
		return nil
	}
	if len(b.protein.Atoms)+len(b.run) >= maxPDBAtoms {
		return in.fail("cut the structure to the receptor", "more than %d atoms", maxPDBAtoms)
	}
	key := atomKey{a.residue.Name, a.name, a.altLoc}
	if b.startsResidue(a, key) {
		b.endRun()
		b.seen = map[atomKey]bool{}
	}
	b.seen[key] = true
	b.run = append(b.run, a)
	return nil
}

// startsResidue reports whether the atom opens a new run. A change of name alone does not where both have alternate locations:
// they share one place.
func (b *builder) startsResidue(a pdbAtom, key atomKey) bool {
	if len(b.run) == 0 {
		return true
	}
	last := b.run[len(b.run)-1]
	r, q := a.residue, last.residue
	if r.Chain != q.Chain || r.Seq != q.Seq || r.ICode != q.ICode || b.seen[key] {
		return true
	}
	return r.Name != q.Name && (a.altLoc == 0 || last.altLoc == 0)
}

// endRun turns the run into one residue.
func (b *builder) endRun() {
	if len(b.run) == 0 {
		return
	}
	atoms := oneLocation(oneName(b.run))
	b.drop(DroppedAlternates, len(b.run)-len(atoms))
	p := b.protein
	r := atoms[0].residue
	r.First = len(p.Atoms)
	for _, a := range atoms {
		p.Atoms = append(p.Atoms, ProteinAtom{Name: a.name, Element: a.element, Pos: a.pos, Residue: len(p.Residues)})
	}
	r.End = len(p.Atoms)
	p.Residues = append(p.Residues, r)
	b.run = b.run[:0]
}

// oneName keeps the residue name with the highest mean occupancy, the first among equals.
func oneName(run []pdbAtom) []pdbAtom {
	if !slices.ContainsFunc(run, func(a pdbAtom) bool { return a.residue.Name != run[0].residue.Name }) {
		return run
	}
	best := mostOccupied(run, func(a pdbAtom) string { return a.residue.Name })
	return filter(run, func(a pdbAtom) bool { return a.residue.Name == best })
}

// oneLocation keeps one atom of each name: of the alternate location with the highest mean occupancy, else its own best.
func oneLocation(atoms []pdbAtom) []pdbAtom {
	if !slices.ContainsFunc(atoms, func(a pdbAtom) bool { return a.altLoc != 0 }) {
		return atoms
	}
	labelled := filter(atoms, func(a pdbAtom) bool { return a.altLoc != 0 })
	label := mostOccupied(labelled, func(a pdbAtom) byte { return a.altLoc })
	pick := make(map[string]int, len(atoms))
	for i, a := range atoms {
		k, ok := pick[a.name]
		switch {
		case !ok, a.altLoc == label, atoms[k].altLoc != label && a.occupancy > atoms[k].occupancy:
			pick[a.name] = i
		}
	}
	var kept []pdbAtom
	for i, a := range atoms {
		if pick[a.name] == i {
			kept = append(kept, a)
		}
	}
	return kept
}

// mostOccupied returns the key whose atoms have the highest mean occupancy, the first among equals.
func mostOccupied[K comparable](atoms []pdbAtom, key func(pdbAtom) K) K {
	var order []K
	sum, count := map[K]float64{}, map[K]float64{}
	for _, a := range atoms {
		k := key(a)
		if count[k] == 0 {
			order = append(order, k)
		}
		sum[k] += a.occupancy
		count[k]++
	}
	const even = 1e-6 // sums of equal occupancies differ by rounding
	best := order[0]
	for _, k := range order[1:] {
		if sum[k]/count[k] > sum[best]/count[best]+even {
			best = k
		}
	}
	return best
}

func filter(atoms []pdbAtom, want func(pdbAtom) bool) []pdbAtom {
	var kept []pdbAtom
	for _, a := range atoms {
		if want(a) {
			kept = append(kept, a)
		}
	}
	return kept
}

// classify sets Het by what a residue is, since files disagree in what they call HETATM: amino acids by name, or by a backbone
// in an ATOM record, or by a backbone with peptide bonds on both sides; nucleotides in ATOM records by name.
func (b *builder) classify() {
	p := b.protein
	for i := range p.Residues {
		r := &p.Residues[i]
		switch {
		case r.inPeptide():
			r.Het = r.Het && p.freeAminoAcid(i)
		case nucleotides[r.Name] && !r.Het:
		case p.backbone(i) == nil:
			r.Het = true
		case r.Het:
			r.Het = !(p.peptideBond(i-1, i) && p.peptideBond(i, i+1))
		}
	}
}

// freeAminoAcid reports whether residue i is a whole standard amino acid on its own, as glutamate in its receptor is.
func (p *Protein) freeAminoAcid(i int) bool {
	return standard[p.Residues[i].Name] && !p.peptideBond(i-1, i) && !p.peptideBond(i, i+1) &&
		slices.ContainsFunc(p.ResidueAtoms(i), func(a ProteinAtom) bool { return a.Name == "OXT" })
}

// backbone returns the positions of N, CA and C of residue i, nil where one is missing.
func (p *Protein) backbone(i int) []Vec {
	if i < 0 || i >= len(p.Residues) {
		return nil
	}
	bb := make([]Vec, 3)
	found := 0
	for _, a := range p.ResidueAtoms(i) {
		for k, name := range [...]string{"N", "CA", "C"} {
			if a.Name == name {
				bb[k] = a.Pos
				found |= 1 << k
			}
		}
	}
	if found != 7 {
		return nil
	}
	return bb
}

// peptideBond reports whether C of residue i is bound to N of residue j.
func (p *Protein) peptideBond(i, j int) bool {
	const longest = 1.7
	a, b := p.backbone(i), p.backbone(j)
	return a != nil && b != nil && a[2].Dist(b[0]) < longest
}

// label names a residue for a message: GLU A 35B.
func (r Residue) label() string {
	s, _ := toHybrid36(r.Seq)
	if r.ICode != 0 {
		s += string(rune(r.ICode))
	}
	return strings.Join(strings.Fields(r.Name+" "+r.Chain+" "+s), " ")
}
