package oracle

import (
	"encoding/json"
	"math"
)

// Score is what is known of one molecule. A figure that was not asked for or failed is NaN, null in JSON and empty in CSV; never
// 0. Energies are in kcal/mol.
type Score struct {
	Name      string
	SMILES    string  // canonical, with the stereochemistry of the pose
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
}

func blankScore() Score {
	nan := math.NaN()
	return Score{VinaScore: nan, VinaMin: nan, VinaDock: nan, QED: nan, SA: nan, LogP: nan, Strain: nan, Clashes: nan}
}

// scoreJSON is the form that scripts read; its names are a contract.
type scoreJSON struct {
	Name      string   `json:"name"`
	SMILES    *string  `json:"smiles"`
	VinaScore *float64 `json:"vina_score"`
	VinaMin   *float64 `json:"vina_min"`
	VinaDock  *float64 `json:"vina_dock"`
	QED       *float64 `json:"qed"`
	SA        *float64 `json:"sa"`
	LogP      *float64 `json:"logp"`
	Atoms     int      `json:"atoms"`
	Strain    *float64 `json:"strain"`
	Clashes   *float64 `json:"clashes"`
	PBValid   *bool    `json:"pb_valid"`
	Error     string   `json:"error"`
	Valid     bool     `json:"valid"`
	Connected bool     `json:"connected"`
	PoseMin   string   `json:"pose_min,omitempty"`
	Depiction string   `json:"depiction,omitempty"`
}

// MarshalJSON writes the names of the score table, and null for NaN.
func (s Score) MarshalJSON() ([]byte, error) {
	var smiles *string
	if s.SMILES != "" {
		smiles = &s.SMILES
	}
	return json.Marshal(scoreJSON{s.Name, smiles, orNull(s.VinaScore), orNull(s.VinaMin), orNull(s.VinaDock), orNull(s.QED),
		orNull(s.SA), orNull(s.LogP), s.Atoms, orNull(s.Strain), orNull(s.Clashes), s.PBValid, s.Error, s.Valid, s.Connected,
		s.PoseMin, s.Depiction})
}

// UnmarshalJSON reads the same; what is null or absent becomes NaN.
func (s *Score) UnmarshalJSON(text []byte) error {
	var j scoreJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*s = Score{j.Name, "", orNaN(j.VinaScore), orNaN(j.VinaMin), orNaN(j.VinaDock), orNaN(j.QED), orNaN(j.SA), orNaN(j.LogP),
		j.Atoms, orNaN(j.Strain), orNaN(j.Clashes), j.PBValid, j.Error, j.Valid, j.Connected, j.PoseMin, j.Depiction}
	if j.SMILES != nil {
		s.SMILES = *j.SMILES
	}
	return nil
}

func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
