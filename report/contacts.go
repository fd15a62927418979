package report

import (
	"math"
	"strings"

	"keel/chem"
	"keel/chem/contact"
)

// contactData is a contact as the page draws it: kind, residue, the end in the ligand, the end in the protein (Å).
type contactData struct {
	Kind    contact.Kind `json:"kind"`
	Residue string       `json:"residue"`
	Ligand  [3]float64   `json:"ligand"`
	Protein [3]float64   `json:"protein"`
	Length  float64      `json:"length"` // Å
}

// contactsOf are the contacts of a pose; none where the record cannot be read.
func contactsOf(site *contact.Site, sdf string) []contactData {
	list := []contactData{}
	if site == nil || sdf == "" {
		return list
	}
	mols, _, err := chem.ParseSDF(strings.NewReader(sdf), "pose")
	if err != nil || len(mols) == 0 {
		return list
	}
	for _, p := range site.Pairs(mols[0]) {
		list = append(list, contactData{p.Kind, p.Residue, rounded(p.Ligand), rounded(p.Protein), math.Round(100*p.Ligand.Dist(p.Protein)) / 100})
	}
	return list
}

func rounded(v chem.Vec) (to [3]float64) {
	for k, x := range v {
		to[k] = math.Round(1000*x) / 1000
	}
	return to
}
