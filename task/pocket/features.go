package pocket

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"keel/chem"
)

const (
	// PocketAtoms is how many pocket atoms the network sees: those nearest to the centre.
	PocketAtoms = 256
	// PocketFeatures is the length of an atom's static feature vector.
	PocketFeatures = 5 + 21 + 7 + 1

	burialRadius = 7.0 // Å
	burialFull   = 60  // neighbours within burialRadius that count as fully buried
)

var (
	residueNames = strings.Fields("ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL")

	// Roles of side-chain atoms, as residue:atom. Backbone N (not proline's) donates, backbone O accepts.
	donors      = roles("ARG:NE,NH1,NH2 ASN:ND2 GLN:NE2 HIS:ND1,NE2 LYS:NZ SER:OG THR:OG1 TRP:NE1 TYR:OH CYS:SG")
	acceptors   = roles("ASN:OD1 ASP:OD1,OD2 GLN:OE1 GLU:OE1,OE2 HIS:ND1,NE2 SER:OG THR:OG1 TYR:OH MET:SD")
	positive    = roles("ARG:NE,NH1,NH2,CZ LYS:NZ")
	negative    = roles("ASP:OD1,OD2 GLU:OE1,OE2")
	aromatic    = roles("PHE:CG,CD1,CD2,CE1,CE2,CZ TYR:CG,CD1,CD2,CE1,CE2,CZ TRP:CG,CD1,CD2,NE1,CE2,CE3,CZ2,CZ3,CH2 HIS:CG,ND1,CD2,CE1,NE2")
	hydrophobic = roles("ALA:CB VAL:CB,CG1,CG2 LEU:CB,CG,CD1,CD2 ILE:CB,CG1,CG2,CD1 MET:CB,CG,SD,CE PRO:CB,CG,CD PHE:CB TRP:CB TYR:CB LYS:CB,CG,CD ARG:CB,CG GLN:CB GLU:CB THR:CG2 CYS:CB")
)

func roles(list string) map[string]bool {
	set := map[string]bool{}
	for _, entry := range strings.Fields(list) {
		residue, atoms, _ := strings.Cut(entry, ":")
		for _, atom := range strings.Split(atoms, ",") {
			set[residue+":"+atom] = true
		}
	}
	return set
}

// Pocket is a protein's surroundings of a ligand with each atom's static features, computed once.
type Pocket struct {
	Protein  *chem.Protein
	atoms    []int      // of the protein: those of amino acids and metals
	features []float32  // [len(atoms), PocketFeatures]
	normal   []chem.Vec // [len(atoms)] where each is open: away from the mean direction of its neighbours, 0 to 1 long
}

// NewPocket computes the static features of the protein's amino acids and metals; ligands and cofactors are left out.
func NewPocket(p *chem.Protein) (*Pocket, error) {
	k := &Pocket{Protein: p}
	for i, a := range p.Atoms {
		if r := p.Residues[a.Residue]; !r.Het || p.IsMetal(a.Residue) {
			k.atoms = append(k.atoms, i)
		}
	}
	if len(k.atoms) == 0 {
		return nil, fmt.Errorf("%s: no protein atoms in the pocket", p.Name)
	}
	k.features = make([]float32, len(k.atoms)*PocketFeatures)
	k.normal = make([]chem.Vec, len(k.atoms))
	for n, i := range k.atoms {
		k.normal[n] = k.describe(i, k.features[n*PocketFeatures:(n+1)*PocketFeatures])
	}
	return k, nil
}

// walls are the pocket's atoms, which a ligand must not run into.
func (p *Pocket) walls() []chem.Atom {
	out := make([]chem.Atom, len(p.atoms))
	for n, i := range p.atoms {
		out[n] = chem.Atom{Element: p.Protein.Atoms[i].Element, Pos: p.Protein.Atoms[i].Pos}
	}
	return out
}

// Surroundings are a pocket's atoms nearest to a centre, as the network sees them.
type Surroundings struct {
	Centre   chem.Vec
	Position []float32 // [atoms, 3] in state units about the centre
	Normal   []float32 // [atoms, 3] where each atom is open
	Features []float32 // [atoms, PocketFeatures]
	Present  []float32 // [atoms] 1 for atoms, 0 for padding
}

// Around takes the PocketAtoms pocket atoms nearest to the centre; where there are fewer, the rest is padding.
func (p *Pocket) Around(centre chem.Vec) *Surroundings { return p.around(centre, PocketAtoms) }

// around takes so many.
func (p *Pocket) around(centre chem.Vec, atoms int) *Surroundings {
	s := &Surroundings{
		Centre:   centre,
		Position: make([]float32, atoms*3),
		Normal:   make([]float32, atoms*3),
		Features: make([]float32, atoms*PocketFeatures),
		Present:  make([]float32, atoms),
	}
	for k, n := range p.nearest(centre, atoms) {
		pos := p.Protein.Atoms[p.atoms[n]].Pos
		for d := range 3 {
			s.Position[3*k+d] = float32((pos[d] - centre[d]) / CoordUnit)
			s.Normal[3*k+d] = float32(p.normal[n][d])
		}
		copy(s.Features[k*PocketFeatures:], p.features[n*PocketFeatures:(n+1)*PocketFeatures])
		s.Present[k] = 1
	}
	return s
}

// nearest lists the atoms nearest to the centre, at most so many, in the order of the protein.
func (p *Pocket) nearest(centre chem.Vec, most int) []int {
	dist := make([]float64, len(p.atoms))
	for n, i := range p.atoms {
		d := p.Protein.Atoms[i].Pos.Sub(centre)
		dist[n] = d.Dot(d)
	}
	limit := math.Inf(1)
	if len(dist) > most {
		sorted := slices.Clone(dist)
		slices.Sort(sorted)
		limit = sorted[most-1]
	}
	chosen := make([]int, 0, min(len(dist), most))
	for n, d := range dist {
		if d <= limit && len(chosen) < most {
			chosen = append(chosen, n)
		}
	}
	return chosen
}

// describe writes the static features of protein atom i: element, residue, roles, burial; and gives the direction in which it is open.
func (k *Pocket) describe(i int, f []float32) (normal chem.Vec) {
	p := k.Protein
	a := p.Atoms[i]
	r := p.Residues[a.Residue]
	name := r.Parent()
	at := 4
	switch a.Element {
	case 6:
		at = 0
	case 7:
		at = 1
	case 8:
		at = 2
	case 16:
		at = 3
	}
	f[at] = 1
	if n := slices.Index(residueNames, name); n >= 0 {
		f[5+n] = 1
	} else {
		f[5+20] = 1
	}
	backbone := a.Name == "N" || a.Name == "CA" || a.Name == "C" || a.Name == "O"
	key := name + ":" + a.Name
	metal := p.IsMetal(a.Residue)
	for n, on := range []bool{
		backbone,
		donors[key] || a.Name == "N" && name != "PRO",
		acceptors[key] || a.Name == "O" || a.Name == "OXT",
		aromatic[key],
		positive[key] || metal,
		negative[key],
		hydrophobic[key],
	} {
		if on {
			f[26+n] = 1
		}
	}
	neighbours := 0
	for _, j := range k.atoms {
		if away := a.Pos.Sub(p.Atoms[j].Pos); away.Norm() < burialRadius {
			neighbours++
			normal = normal.Add(away.Unit())
		}
	}
	f[33] = float32(min(float64(neighbours-1)/burialFull, 1.5))
	return normal.Scale(1 / float64(max(neighbours, 1)))
}
