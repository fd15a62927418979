package quality

import (
	"strings"

	"keel/evaluate"
)

// Reason is why something is missing, and of how many molecules.
type Reason = evaluate.Failure

// rejected counts the molecules that are not evaluated, each once.
func rejected(g *group) []Reason {
	counts := map[string]int{}
	for _, p := range g.pockets {
		if lost := p.asked - len(p.entries); lost > 0 {
			counts["no readable record"] += lost
		}
		for _, e := range p.entries {
			if !e.Evaluated() {
				counts[why(e)]++
			}
		}
	}
	return sorted(counts)
}

// why says in the decoder's words, else in the scores', why a molecule is not evaluated.
func why(e evaluate.Entry) string {
	if said, ok := e.Molecule.Prop(RejectedProp); ok && said != "" {
		return said
	}
	if e.Score.Valid {
		return "in more than one piece"
	}
	if list := reasons(e); len(list) > 0 {
		return list[0]
	}
	return "not valid"
}

// missing counts what scores lack, by reason.
func missing(list []evaluate.Entry) []Reason {
	counts := map[string]int{}
	for _, e := range list {
		for _, reason := range reasons(e) {
			counts[reason]++
		}
	}
	return sorted(counts)
}

// reasons are those of a score, without the details of the one molecule.
func reasons(e evaluate.Entry) (list []string) {
	for _, text := range strings.Split(e.Score.Error, "; ") {
		if reason, _, _ := strings.Cut(text, ": "); reason != "" {
			list = append(list, reason)
		}
	}
	return list
}

// tests counts the failures of each of PoseBusters' tests among the molecules that it judged, the model's most frequent first.
func (r *Report) tests(rows map[string]*group) {
	failed, judged := map[string]map[string]int{}, map[string]int{}
	all := map[string]int{}
	for _, row := range posed {
		failed[row] = map[string]int{}
		if rows[row] == nil {
			continue
		}
		for _, e := range rows[row].evaluated() {
			if e.Score.PBValid == nil {
				continue
			}
			judged[row]++
			for _, name := range strings.Split(e.Score.PBFailed, ";") {
				if name != "" && name != "none" {
					failed[row][name]++
					all[name] += int(oneIf(row == Model))
				}
			}
		}
	}
	for _, name := range sorted(all) {
		t := Test{name.Reason, map[string]Measured{}}
		for row, n := range judged {
			t.By[row] = share(failed[row][name.Reason], n)
		}
		r.PoseBusters = append(r.PoseBusters, t)
	}
}
