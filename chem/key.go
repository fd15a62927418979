package chem

import (
	"crypto/sha256"
	"encoding/hex"
)

// Key returns 32 hexadecimal digits that identify the molecule's constitution (elements, charges, hydrogens, bonds), for counting
// distinct and novel molecules: the same whatever the order of atoms, whichever Kekulé structure the bonds show, and whether
// hydrogens are atoms or implicit. It is the head of the SHA-256 of the canonical SMILES in Kekulé form, so that molecules of other
// constitution have other keys, and no model of aromaticity enters. Two ways to draw the double bonds of any ring are one
// constitution here, those of cyclooctatetraene too. Stereoisomers share a key, tautomers do not.
func (m *Molecule) Key() string {
	sum := sha256.Sum256([]byte(m.canonicalText(false)))
	return hex.EncodeToString(sum[:16])
}
