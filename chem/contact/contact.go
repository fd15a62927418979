// Package contact finds the contacts that a ligand's pose makes with the residues of a protein.
//
// Criteria are those of the field, on heavy atoms, for a protein's file has no hydrogens:
//
//   - hbond: donor and acceptor at most 3.5 Å apart, and every heavy neighbour of either at 90° or more from the other (McDonald and
//     Thornton 1994, whose HBPLUS uses them where hydrogens are not placed; 3.5 Å is ProLIF's).
//   - hydrophobic: two carbons, bonded to carbons alone, at most 4 Å apart (PLIP).
//   - saltbridge: centres of opposite charge at most 5.5 Å apart (PLIP, after Barlow and Thornton 1983).
//   - pistacking: centres of aromatic rings at most 5.5 Å apart, the planes within 30° of parallel or perpendicular, and one centre,
//     seen along the other ring's normal, less than 2 Å off the other's (PLIP, after McGaughey 1998).
//
// PLIP: Salentin et al. 2015, Adasme et al. 2021. ProLIF: Bouysset and Fiorucci 2021. Only amino acids are looked at: what a
// cofactor or a metal can do is not in the tables. A salt bridge may be a hydrogen bond too; both are told.
package contact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"keel/chem"
)

// Kind is a kind of contact.
type Kind string

// The kinds of contacts.
const (
	HBond       Kind = "hbond"
	Hydrophobic Kind = "hydrophobic"
	SaltBridge  Kind = "saltbridge"
	PiStacking  Kind = "pistacking"
)

// Kinds returns the kinds in the order in which they are told.
func Kinds() []Kind { return []Kind{HBond, Hydrophobic, SaltBridge, PiStacking} }

const (
	hbondLength   = 3.5 // Å
	hydrophobic   = 4.0 // Å
	saltBridge    = 5.5 // Å
	stackLength   = 5.5 // Å
	stackOffset   = 2.0 // Å
	parallel      = 0.8660254037844386
	perpendicular = 0.5 // cosines of 30° and 60°
)

// Contact is a contact of some kind with a residue.
type Contact struct {
	Kind    Kind
	Residue string // as Label writes it
}

// String returns "hbond ASP25:A".
func (c Contact) String() string { return string(c.Kind) + " " + c.Residue }

// Label names residue i of a protein: name, number, insertion code, and the chain after a colon, as ASP25:A or GLY1. Without a
// chain there is no colon.
func Label(p *chem.Protein, i int) string {
	r := p.Residues[i]
	s := fmt.Sprintf("%s%d", r.Name, r.Seq)
	if r.ICode != 0 {
		s += string(r.ICode)
	}
	if r.Chain != "" {
		s += ":" + r.Chain
	}
	return s
}

// none is what a pose without contacts is written as, so that it differs from one that was not looked at.
const none = "none"

// Format writes contacts as "hbond ASP25:A;hydrophobic ILE50:B", or "none".
func Format(list []Contact) string {
	if len(list) == 0 {
		return none
	}
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = c.String()
	}
	return strings.Join(words, ";")
}

// Parse reads what Format writes.
func Parse(text string) ([]Contact, error) {
	if text == none {
		return nil, nil
	}
	var list []Contact
	for word := range strings.SplitSeq(text, ";") {
		kind, residue, ok := strings.Cut(word, " ")
		if !ok || residue == "" || !slices.Contains(Kinds(), Kind(kind)) {
			return nil, fmt.Errorf("%q is no contact; expected a kind (%v) and a residue", word, Kinds())
		}
		list = append(list, Contact{Kind(kind), residue})
	}
	return list, nil
}

// Site is a protein prepared for finding contacts. It is safe for concurrent use.
type Site struct {
	protein  *chem.Protein
	residues []features // by residue; empty where nothing can make a contact
}

// Find returns the contacts of a pose in the protein's frame, each kind and residue once, by kind and then in the protein's order.
func (s *Site) Find(m *chem.Molecule) []Contact {
	contacts := []Contact{}
	for _, p := range s.Pairs(m) {
		if len(contacts) == 0 || contacts[len(contacts)-1] != p.Contact {
			contacts = append(contacts, p.Contact)
		}
	}
	return contacts
}

// Pair is a contact with its two ends, to be drawn: atoms, centres of charge, or centres of rings. Å.
type Pair struct {
	Contact
	Ligand, Protein chem.Vec
}

// Pairs returns the same contacts in the same order with their ends: of hydrogen bonds all, of the other kinds the shortest for each residue.
func (s *Site) Pairs(m *chem.Molecule) []Pair {
	ligand := ligandFeatures(m)
	list := []Pair{}
	for k, touch := range [...]func(ligand, residue *features) []span{hbonds, carbons, bridges, stacks} {
		for i := range s.residues {
			if !ligand.near(&s.residues[i]) {
				continue
			}
			spans := touch(&ligand, &s.residues[i])
			if Kinds()[k] != HBond && len(spans) > 1 {
				spans = []span{slices.MinFunc(spans, func(a, b span) int { return cmp.Compare(a.length(), b.length()) })}
			}
			for _, at := range spans {
				list = append(list, Pair{Contact{Kinds()[k], Label(s.protein, i)}, at.ligand, at.protein})
			}
		}
	}
	return list
}
