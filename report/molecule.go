package report

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Molecule is one sample with its scores, as `keel score --json` writes it, its picture and its pose.
type Molecule struct {
	Name        string
	SMILES      string
	Error       string             // why it has no scores; empty for a good one
	Depiction   string             // SVG text; may be empty
	Fingerprint []byte             // RDKit's topological fingerprint; may be empty
	Values      map[string]float64 // vina_score, vina_min, qed, ... by their JSON names; only finite ones; true is 1
	Texts       map[string]string  // alert_names, pb_failed, reward_error, ... that are not empty
	SDF         string             // record of its pose; may be empty
	Set         string             // "before", "after" or "tuning"
	Step        int                // the iteration that made it, from 1; 0 for the other sets

	filled map[string]bool // the Values that no file had
}

// set files a field of the molecule's record under its name.
func (m *Molecule) set(key string, value any) {
	switch v := value.(type) {
	case string:
		m.setText(key, v)
	case float64:
		if v = drawable(v); !math.IsNaN(v) {
			m.Values[key] = v
		}
	case bool:
		m.Values[key] = 0
		if v {
			m.Values[key] = 1
		}
	}
}

func (m *Molecule) setText(key, text string) {
	switch key {
	case "name":
		m.Name = text
	case "smiles":
		m.SMILES = text
	case "error":
		m.Error = text
	case "depiction":
		m.Depiction = text
	case "fingerprint":
		m.Fingerprint, _ = base64.StdEncoding.DecodeString(text) // what is no base64 is no fingerprint
	case "pose_min", "pose_dock", "pose_relax": // records of other poses
	default:
		if text != "" {
			m.Texts[key] = text
		}
	}
}

func newMolecule() Molecule {
	return Molecule{Values: map[string]float64{}, Texts: map[string]string{}}
}

// UnmarshalJSON reads a molecule and keeps every field that is a number, a truth value or a text.
func (m *Molecule) UnmarshalJSON(text []byte) error {
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*m = newMolecule()
	for key, value := range all {
		m.set(key, value)
	}
	return nil
}

// covers says that the figure speaks for the set: that it is the files' own, or that nearly all whole molecules have it. What workers filled in is only of the
// molecules shown, which are the best.
func covers(all []Molecule, key string) bool {
	have, filled, n := 0, false, 0
	for i := range all {
		if m := &all[i]; m.whole() {
			n++
			if _, ok := m.Values[key]; ok {
				have++
				filled = filled || m.filled[key]
			}
		}
	}
	return !filled || 10*have >= 9*n
}

// whole says that nothing is wrong with the molecule: its figures are complete.
func (m *Molecule) whole() bool { return m.Error == "" }

// drawable is v, or NaN where v is so large that a range of such values is no finite number.
func drawable(v float64) float64 {
	if math.Abs(v) > 1e300 {
		return math.NaN()
	}
	return v
}

// value is the figure of that name, NaN when the molecule has none.
func (m *Molecule) value(key string) float64 {
	if v, ok := m.Values[key]; ok {
		return v
	}
	return math.NaN()
}

// parseMolecules reads a list of molecules, or an object with such a list under "molecules".
func parseMolecules(text []byte) ([]Molecule, error) {
	var list []Molecule
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return list, json.Unmarshal(text, &list)
	}
	var object struct{ Molecules []Molecule }
	return object.Molecules, json.Unmarshal(text, &object)
}

// ranking is the figure that says which molecule is better, and its sign: +1 where more is better.
type ranking struct {
	key  string
	sign float64
}

// rankingOf is the first of reward, Vina score after minimisation and as posed that most molecules of every set have: rewards are compared only where
// all have them. The merit is the reward without regard to earlier molecules.
func rankingOf(sets ...[]*Molecule) ranking {
	for _, r := range []ranking{{"merit", 1}, {"reward", 1}, {"vina_min", -1}} {
		if !slices.ContainsFunc(sets, func(set []*Molecule) bool { return 2*countWith(set, r.key) < len(set) }) {
			return r
		}
	}
	return ranking{"vina_score", -1}
}

func countWith(set []*Molecule, key string) (n int) {
	for _, m := range set {
		if _, ok := m.Values[key]; ok {
			n++
		}
	}
	return n
}

// compare puts the better molecule first, and those without the figure last.
func (r ranking) compare(a, b *Molecule) int {
	place := func(m *Molecule) float64 {
		if v, ok := m.Values[r.key]; ok {
			return -r.sign * v
		}
		return math.Inf(1)
	}
	return cmp.Compare(place(a), place(b))
}

// sdfRecord is one record of an SD file with the line that ends it.
type sdfRecord struct{ name, text string }

func splitSDF(text string) []sdfRecord {
	var records []sdfRecord
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for block := range strings.SplitSeq(text, "$$$$") {
		block = strings.TrimPrefix(block, "\n") // the end of the line that held $$$$
		if strings.TrimSpace(block) == "" {
			continue
		}
		name, _, _ := strings.Cut(block, "\n")
		records = append(records, sdfRecord{strings.TrimSpace(name), strings.TrimRight(block, "\n") + "\n$$$$\n"})
	}
	return records
}

// posesByName are the records whose name no other record has.
func posesByName(sdf string) map[string]string {
	byName, seen := map[string]string{}, map[string]bool{}
	for _, r := range splitSDF(sdf) {
		if seen[r.name] {
			delete(byName, r.name)
			continue
		}
		seen[r.name] = true
		byName[r.name] = r.text
	}
	return byName
}

// format writes v as people read it: a true minus sign, thousands apart, a dash for nothing.
func format(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	text := fmt.Sprintf("%.*f", digits, math.Abs(v))
	whole, rest, dot := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && len(whole) > 4; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	if dot {
		whole += "." + rest
	}
	if v < 0 && strings.Trim(text, "0.") != "" {
		whole = "−" + whole
	}
	return whole
}
