package report

import (
	"maps"
	"slices"
	"strings"
)

// quantity says how a figure of a molecule is written and which way is better.
type quantity struct {
	key, label, short, unit string
	digits                  int
	better                  int    // +1 more, -1 less, 0 neither
	help                    string // one sentence
}

// quantities of a molecule in the order of the page.
var quantities = []quantity{
	{"merit", "Merit", "Merit", "", 3, +1, "the reward without regard to earlier molecules: what the diversity filter takes off is not taken off"},
	{"reward", "Reward", "Reward", "", 3, +1, "what tuning learned from, after the diversity filter"},
	{"vina_score", "Vina score, generated pose", "Vina", "kcal/mol", 2, -1, "AutoDock Vina's energy of the pose as it was generated"},
	{"vina_min", "Vina score, minimised", "Vina min", "kcal/mol", 2, -1, "after local minimisation of the pose"},
	{"vina_dock", "Vina score, docked", "Vina dock", "kcal/mol", 2, -1, "best pose of a global search"},
	{"efficiency", "Ligand efficiency", "LE", "kcal/mol", 2, +1, "minimised Vina score per heavy atom, sign turned"},
	{"qed", "QED", "QED", "", 3, +1, "drug-likeness, 0 to 1"},
	{"sa", "SA, as (10 − SA) / 9", "SA", "", 3, +1, "ease of synthesis: Ertl's score turned and scaled to 0 to 1, 1 is easy"},
	{"strain", "Strain", "Strain", "kcal/mol", 1, -1, "MMFF94s energy of the pose above its nearest local minimum"},
	{"clashes", "Clashes", "Clashes", "", 0, -1, "heavy atoms that overlap the protein"},
	{"pb_valid", "Passes PoseBusters", "PB", "", 0, +1, "1 where the pose passes PoseBusters' dock tests but the energy ratio"},
	{"alerts", "Structural alerts", "Alerts", "", 0, -1, "PAINS and Brenk patterns, or the catalogues of the configuration"},
	{"atoms", "Heavy atoms", "Atoms", "", 0, 0, ""},
	{"weight", "Molecular weight", "MW", "g/mol", 1, 0, ""},
	{"logp", "logP", "logP", "", 1, 0, "Crippen"},
	{"tpsa", "TPSA", "TPSA", "Å²", 0, 0, "topological polar surface area"},
	{"hbd", "H-bond donors", "HBD", "", 0, 0, ""},
	{"hba", "H-bond acceptors", "HBA", "", 0, 0, ""},
	{"rotatable", "Rotatable bonds", "Rot", "", 0, 0, "amides not counted"},
	{"lipinski", "Lipinski rules kept", "Ro5", "", 0, +1, "of five, as TargetDiff counts them"},
	{"similarity", "Similarity to the references", "Sim", "", 2, 0, "largest Tanimoto similarity (ECFP4) to the configuration's references"},
	{"relax_rmsd", "Moved by relaxation", "Moved", "Å", 2, -1, "root mean square over the heavy atoms"},
}

// componentPrefix and rawSuffix make the names of a reward component's columns: reward_NAME as it counts, reward_NAME_raw in its own unit.
const componentPrefix, rawSuffix = "reward_", "_raw"

// component is the quantity of a reward component's column; false where key is none.
func component(key string) (quantity, bool) {
	name, ok := strings.CutPrefix(key, componentPrefix)
	if !ok || name == "" {
		return quantity{}, false
	}
	if raw, ok := strings.CutSuffix(name, rawSuffix); ok {
		return quantity{key: key, label: raw + ", in its own unit", short: raw + " raw", digits: 2, help: "the component before its transform"}, true
	}
	return quantity{key, name + ", as it counts", name + " ✓", "", 2, +1, "the reward's component after its transform"}, true
}

// isCounted says that the key is a component as it counts.
func isCounted(key string) bool {
	_, ok := component(key)
	return ok && !strings.HasSuffix(key, rawSuffix)
}

// isOwnRaw says that the key is the raw value of a component that is no column of the score table itself.
func isOwnRaw(key string) bool {
	name, raw := strings.CutSuffix(key, rawSuffix)
	return raw && strings.HasPrefix(key, componentPrefix) && !slices.ContainsFunc(quantities, func(q quantity) bool { return componentPrefix+q.key == name })
}

// present are the quantities that some molecule has: those of the table, then the reward's components by name.
func present(sets ...[]*Molecule) []quantity {
	have := map[string]bool{}
	for _, set := range sets {
		for _, m := range set {
			for key := range m.Values {
				have[key] = true
			}
		}
	}
	list := slices.DeleteFunc(slices.Clone(quantities), func(q quantity) bool { return !have[q.key] })
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if q, ok := component(key); ok && (isCounted(key) || isOwnRaw(key)) {
			list = append(list, q)
		}
	}
	return list
}
