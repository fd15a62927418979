package dataset

import (
	"testing"

	"keel/chem"
)

// The right-hand sides are what RDKit 2026.09's Uncharger gives.
func TestStandardise(t *testing.T) {
	for from, want := range map[string]string{
		"CCCC[NH3+]":                     "CCCCN",
		"CC(=O)[O-]":                     "CC(=O)O",
		"[NH3+]CC(=O)[O-]":               "NCC(=O)O",
		"CC(=[NH2+])N":                   "CC(=N)N",
		"c1c[nH+]c[nH]1":                 "c1cnc[nH]1",
		"CS(=O)(=O)[N-]C":                "CS(=O)(=O)NC",
		"C[N+](=O)[O-]":                  "C[N+](=O)[O-]",
		"C[n+]1ccccc1":                   "C[n+]1ccccc1",
		"C[N+](C)(C)CC(=O)[O-]":          "C[N+](C)(C)CC(=O)[O-]",
		"C[N+](C)(C)CC(=O)OP(=O)(O)[S-]": "C[N+](C)(C)CC(=O)OP(=O)(O)[S-]",
		"CN=[N+]=[N-]":                   "CN=[N+]=[N-]",
		"[O-][n+]1ccccc1C(=O)[O-]":       "[O-][n+]1ccccc1C(=O)O",
		"CC[S-]":                         "CCS",
	} {
		m, errM := chem.ParseSMILES(from)
		w, errW := chem.ParseSMILES(want)
		if errM != nil || errW != nil {
			t.Fatal(errM, errW)
		}
		var o outcome
		got := standardise(m, &o)
		if got.Key() != w.Key() || (o.notes[noteCharges] == 1) != (from != want) {
			t.Errorf("%s: %s, want %s; notes %v", from, got.SMILES(), want, o.notes)
		}
	}
}
