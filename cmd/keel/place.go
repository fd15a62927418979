package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"keel/chem"
)

// place is where in a receptor to work: around a ligand or a centre.
type place struct {
	ligand string // SDF file
	center string // x,y,z in Å
}

func (p *place) flags(c *cobra.Command) {
	c.Flags().StringVar(&p.ligand, "ligand", "", "SDF file of a ligand in the pocket; its extents give the box")
	c.Flags().StringVar(&p.center, "center", "", "x,y,z of the pocket in Å, in the receptor's frame")
	c.MarkFlagsMutuallyExclusive("ligand", "center")
}

// find returns the points that say where the pocket is, and the box around them; no points where the user gave no place.
func (p *place) find() (near []chem.Vec, box chem.Box, err error) {
	switch {
	case p.ligand != "":
		m, err := chem.ReadLigand(p.ligand)
		if err != nil {
			return nil, chem.Box{}, err
		}
		return m.Positions(), chem.BoxOfLigand(m), nil
	case p.center != "":
		center, err := parseVec(p.center)
		if err != nil {
			return nil, chem.Box{}, badInputf("--center %s: %w", p.center, err)
		}
		return []chem.Vec{center}, chem.BoxAt(center), nil
	}
	return nil, chem.Box{}, nil
}

func parseVec(text string) (v chem.Vec, err error) {
	parts := strings.Split(text, ",")
	if len(parts) != len(v) {
		return v, fmt.Errorf("expected three numbers x,y,z in Å, got %d", len(parts))
	}
	for k, part := range parts {
		v[k], err = strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(v[k]) || math.IsInf(v[k], 0) {
			return v, fmt.Errorf("%q is not a finite number; expected x,y,z in Å", part)
		}
	}
	return v, nil
}

// farthest is the distance in Å from the place to the nearest protein atom beyond which it is a place in another frame.
const farthest = 10.0

// receptor is what the reward workers need of a protein.
type receptor struct {
	protein *chem.Protein
	pdbqt   []byte
	notes   []string // what was left out or guessed
}

// readReceptor reads and prepares the protein at path. The pocket is at the points near.
func readReceptor(path string, near []chem.Vec) (*receptor, error) {
	protein, err := chem.ReadPDB(path)
	if err != nil {
		return nil, err
	}
	if _, err := chem.CutPocket(protein, near, farthest); err != nil {
		return nil, badInput(err)
	}
	r := &receptor{protein: protein}
	if r.pdbqt, r.notes, err = chem.ReceptorPDBQT(protein); err != nil {
		return nil, badInput(err)
	}
	return r, nil
}
