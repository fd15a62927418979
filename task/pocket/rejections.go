package pocket

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"keel/chem"
	"keel/oracle"
)

// Rejections counts the molecules that are not whole and valid by why they are not.
func Rejections(mols []*chem.Molecule, scores []oracle.Score) map[string]int {
	out := map[string]int{}
	for i, s := range scores {
		pieces := len(mols[i].Fragments())
		switch {
		case !s.Valid:
			out["not valid: "+s.Error]++
		case pieces == 2:
			out["in 2 pieces"]++
		case pieces > 2:
			out["in 3 or more pieces"]++
		}
	}
	return out
}

// Strict is the share of molecules that were decoded without repair, are valid and in one piece.
func Strict(mols []*chem.Molecule, scores []oracle.Score) float64 {
	n := 0
	for i, s := range scores {
		if v, _ := mols[i].Prop("strict"); v == "1" && s.Valid && s.Connected {
			n++
		}
	}
	return float64(n) / float64(max(len(mols), 1))
}

// describeRejections says how many molecules were rejected and why, in one line; empty where none was.
func describeRejections(counts map[string]int) string {
	total, parts := 0, []string(nil)
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		total += counts[reason]
		parts = append(parts, fmt.Sprintf("%d %s", counts[reason], reason))
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("%d not whole and valid: %s", total, strings.Join(parts, ", "))
}
