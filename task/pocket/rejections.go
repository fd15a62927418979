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

// Rejected says how many molecules are not whole and valid and why, in one line; empty where all are.
func (s *Sampled) Rejected() string { return describeRejections(Rejections(s.Molecules, s.Scores)) }

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
