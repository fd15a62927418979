package oracle

import (
	"math"

	"keel/chem"
	"keel/chem/contact"
)

// derivation computes what follows from a worker's figures and from the pose itself.
type derivation struct {
	site *contact.Site // nil without a protein
}

func newDerivation(p *chem.Protein) derivation {
	if p == nil {
		return derivation{}
	}
	return derivation{contact.NewSite(p)}
}

// fill sets the derived metrics asked for of each molecule that RDKit sanitised.
func (d derivation) fill(mols []*chem.Molecule, scores []Score, what Metrics) {
	for i, m := range mols {
		s := &scores[i]
		if !s.Valid {
			continue
		}
		if what&Efficiency != 0 {
			s.Efficiency = math.NaN()
			if s.Atoms > 0 {
				s.Efficiency = -s.VinaMin / float64(s.Atoms)
			}
		}
		if what&Interactions != 0 && d.site != nil {
			s.Interactions = contact.Format(d.site.Find(m))
		}
	}
}
