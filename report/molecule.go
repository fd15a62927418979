package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Molecule is one sample with its scores, as `keel score --json` writes it, and its picture.
type Molecule struct {
	Name      string
	SMILES    string
	Error     string             // why it has no scores; empty for a good one
	Depiction string             // SVG text; may be empty
	Values    map[string]float64 // vina_score, vina_min, qed, ... by their JSON names; only finite ones; true is 1
}

// UnmarshalJSON reads a molecule and keeps every field that is a number or a truth value.
func (m *Molecule) UnmarshalJSON(text []byte) error {
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*m = Molecule{Values: map[string]float64{}}
	texts := map[string]*string{"name": &m.Name, "smiles": &m.SMILES, "error": &m.Error, "depiction": &m.Depiction}
	for key, value := range all {
		switch v := value.(type) {
		case string:
			if to, ok := texts[key]; ok {
				*to = v
			}
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
	return nil
}

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

// ranked are the molecules without error, best first: by reward, else by Vina score after minimisation, else as generated.
func ranked(all []Molecule) []Molecule {
	good := slices.DeleteFunc(slices.Clone(all), func(m Molecule) bool { return m.Error != "" })
	key, sign := "reward", -1.0
	for _, k := range []string{"reward", "vina_min", "vina_score"} {
		if slices.ContainsFunc(good, func(m Molecule) bool { _, ok := m.Values[k]; return ok }) {
			key = k
			break
		}
	}
	if key != "reward" {
		sign = 1
	}
	rank := func(m Molecule) float64 {
		if v, ok := m.Values[key]; ok {
			return sign * v
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(good, func(a, b Molecule) int { return cmp.Compare(rank(a), rank(b)) })
	return good
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

// quantity says how a figure of a molecule is written and which way is better.
type quantity struct {
	key, label, unit string
	digits           int
	better           int // +1 more, -1 less, 0 neither
}

// quantities of a molecule in the order of the page.
var quantities = []quantity{
	{"vina_score", "Vina score, generated pose", "kcal/mol", 2, -1},
	{"vina_min", "Vina score, minimised", "kcal/mol", 2, -1},
	{"vina_dock", "Vina score, docked", "kcal/mol", 2, -1},
	{"qed", "QED", "", 3, +1},
	{"sa", "SA", "", 3, +1},
	{"atoms", "Heavy atoms", "", 0, 0},
	{"logp", "logP", "", 1, 0},
	{"strain", "Strain", "kcal/mol", 1, -1},
	{"clashes", "Clashes", "", 0, -1},
	{"reward", "Reward", "", 3, +1},
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
