package chem

import (
	"slices"
	"testing"
)

func TestCores(t *testing.T) {
	for smiles, want := range map[string][]string{
		"CCO":                                  nil,
		"c1ccccc1CCc1ccncc1":                   nil, // rings that stand alone
		"Cc1ccc(-c2nc(=O)c3ccccc3[nH]2)cc1":    {"O=c1nc[nH]c2ccccc12"},
		"Cc1c2c(=O)[nH]c(C)nc2ccc1":            {"O=c1[nH]cnc2ccccc12"}, // another tautomer is another core
		"c1ccc2c(c1)[nH]cc2CN1CC2CCC1CC2":      {"c1ccc2[nH]ccc2c1", "N1CC2CCC1CC2"},
		"C1CCC2(CC1)CCNCC2":                    {"C1CCC2(CC1)CCNCC2"}, // they share an atom
		"O=S1(=O)CC2CC(N3CCCCC3)C1C2":          {"O=S1(=O)CC2CCC1C2"}, // what is doubly bonded stays
		"c1ccc2c(c1)c1ccccc1n2Cc1cccc2ccccc12": {"c1ccc2c(c1)[nH]c1ccccc12", "c1ccc2ccccc2c1"},
	} {
		m, err := ParseSMILES(smiles)
		if err != nil {
			t.Fatal(err)
		}
		var got, expected []string
		for _, c := range m.Cores() {
			got = append(got, c.Key())
		}
		for _, w := range want {
			c, err := ParseSMILES(w)
			if err != nil {
				t.Fatal(err)
			}
			expected = append(expected, c.Key())
		}
		slices.Sort(got)
		slices.Sort(expected)
		if !slices.Equal(got, expected) {
			t.Errorf("%s: %v, expected %v", smiles, got, expected)
		}
	}
}
