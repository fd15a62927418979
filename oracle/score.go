package oracle

import (
	"math"
	"slices"
)

// Score is what is known of one molecule. A figure that was not asked for or failed is NaN, null in JSON and empty in CSV; never
// 0. Energies are in kcal/mol.
type Score struct {
	Name      string
	SMILES    string  // canonical, with the stereochemistry of the pose; without it from a pool without workers (Config.Native)
	VinaScore float64 // Vina energy of the pose as it is
	VinaMin   float64 // after local minimisation; not always below VinaScore, since Vina minimises on its own grids
	VinaDock  float64 // best of a global search
	QED       float64 // 0..1, 1 is drug-like
	SA        float64 // (10 - SA) / 9 of Ertl's score: 0..1, 1 is easy to make
	LogP      float64 // Crippen
	Atoms     int     // heavy atoms
	Strain    float64 // MMFF94s energy of the pose, hydrogens relaxed, above its nearest local minimum
	Clashes   float64 // ligand heavy atoms nearer to a receptor heavy atom than 0.75 of the sum of van der Waals radii
	PBValid   *bool   // passes PoseBusters' dock tests, all but the energy ratio; nil where not asked or failed
	Error     string  // why something is missing, empty if nothing is

	Valid     bool   // RDKit sanitises it, without repair
	Connected bool   // one fragment
	PoseMin   string // SDF record of the pose after local minimisation, if asked for
	Depiction string // 2D picture, an <svg> element, if asked for

	TPSA       float64 // topological polar surface area, Å²
	Weight     float64 // g/mol
	HBD, HBA   float64 // numbers of hydrogen bond donors and acceptors
	Rotatable  float64 // number of rotatable bonds, amides not counted
	Lipinski   float64 // how many of five rules hold, 0..5, as TargetDiff counts them
	Alerts     float64 // number of structural alerts
	AlertNames string  // their names, as "anil_di_alk_A(478);Aliphatic_long_chain"
	Similarity float64 // largest Tanimoto similarity (ECFP4, 2048 bits) to the references, 0..1
	Efficiency float64 // ligand efficiency: -VinaMin per heavy atom
	RingSizes  string  // sizes of the rings, as "5,6,6", or "none"

	QuickDock float64 // best of a short search, kcal/mol: at least as good as VinaMin, but for what both round
	PoseQuick string  // SDF record of that pose, if asked for

	VinaScoreReference float64 // AutoDock Vina's own figure for VinaScore
	VinaMinReference   float64 // and for VinaMin

	PBFailed string // names of PoseBusters' tests that fail, as "bond_angles;minimum_distance_to_protein", or "none"

	RelaxRMSD    float64 // how far Pool.Relax moved the heavy atoms, root mean square, Å
	RelaxMax     float64 // and at most, Å
	StrainRaw    float64 // Strain before it
	VinaScoreRaw float64 // VinaScore before it

	Interactions string // contacts of the pose, as "hbond ASP25:A;hydrophobic ILE50:B", or "none"
	Fingerprint  []byte // RDKit's topological fingerprint, 2048 bits, the lowest bit of the first byte first, if asked for
	PoseDock     string // SDF record of the best pose of the global search, if asked for
	PoseRelax    string // SDF record of the relaxed pose, if asked for
	PoseMended   string // SDF record of the mended pose, if asked for
}

func blankScore() Score {
	var s Score
	for _, c := range columns {
		if x, ok := c.at(&s).(*float64); ok {
			*x = math.NaN()
		}
	}
	return s
}

// Number returns a figure of the table by its column's name, true and false as 1 and 0, NaN where it is missing; false where no
// column of numbers has that name.
func (s *Score) Number(column string) (float64, bool) {
	i := slices.IndexFunc(columns, func(c columnOf) bool { return c.name == column })
	if i < 0 {
		return 0, false
	}
	switch v := columns[i].at(s).(type) {
	case *float64:
		return *v, true
	case *int:
		return float64(*v), true
	case *bool:
		return oneIf(*v), true
	case **bool:
		if *v == nil {
			return math.NaN(), true
		}
		return oneIf(**v), true
	}
	return 0, false
}

func oneIf(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

// Numbers returns the names of the columns that Number knows and Score fills, in the table's order: those of Relax are not among them.
func Numbers() []string {
	var list []string
	for _, c := range columns {
		if _, ok := new(Score).Number(c.name); ok && !slices.Contains(relaxColumns, c.name) {
			list = append(list, c.name)
		}
	}
	return list
}
