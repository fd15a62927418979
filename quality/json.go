package quality

import (
	"encoding/json"
	"io"

	"keel/evaluate"
)

// WriteJSON writes the report; docs/quality.md documents the fields. What is not known is null.
func WriteJSON(w io.Writer, r *Report) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(r)
}

// MarshalJSON writes null for NaN.
func (m Measured) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value *float64 `json:"value"`
		SD    *float64 `json:"sd"`
		Of    int      `json:"n"`
	}{orNull(m.Value), orNull(m.SD), m.Of})
}

func orNull(v float64) *float64 {
	if !finite(v) {
		return nil
	}
	return &v
}

type lineOut struct {
	Name string              `json:"name"`
	Unit string              `json:"unit"`
	By   map[string]Measured `json:"by"`
}

type kindOut struct {
	Kind     string   `json:"kind"`
	Angle    bool     `json:"angle"`
	Distance *float64 `json:"js"`
	Chance   *float64 `json:"by_chance"`
	N        int      `json:"n"`
	Other    int      `json:"n_other"`
	Common   bool     `json:"common"`
}

func kind(d evaluate.KindDistance) kindOut {
	return kindOut{d.Kind, d.Angle, orNull(d.Distance), orNull(d.Chance), d.N, d.Other, Common(d)}
}

type geometryOut struct {
	Within int       `json:"common_within_0.3"`
	Common int       `json:"common"`
	Mean   *float64  `json:"common_mean"`
	Kinds  []kindOut `json:"kinds"`
}

type pocketOut struct {
	Name      string   `json:"name"`
	Asked     int      `json:"asked"`
	Connected int      `json:"connected"`
	Atoms     *float64 `json:"atoms_mean"`
	Sizes     [2]int   `json:"atoms_from_to"`
	VinaScore *float64 `json:"vina_score_median"`
	VinaMin   *float64 `json:"vina_min_median"`
	Random    *float64 `json:"vina_min_random_median"`
	Reference *float64 `json:"reference_vina_min"`
	RefAtoms  int      `json:"reference_atoms"`
	Seconds   float64  `json:"sampling_seconds"`
}

// MarshalJSON writes the report's parts by name.
func (r *Report) MarshalJSON() ([]byte, error) {
	figures, rings, tests := map[string]lineOut{}, map[string]lineOut{}, map[string]map[string]Measured{}
	for _, l := range r.Lines {
		figures[l.Key] = lineOut{l.Name, l.Unit, l.By}
	}
	for _, l := range r.Rings {
		rings[l.Size] = lineOut{"of all rings", "%", l.By}
	}
	for _, t := range r.PoseBusters {
		tests[t.Name] = t.By
	}
	geometry, ringSizes := map[string]geometryOut{}, map[string]kindOut{}
	for row, list := range r.Geometry {
		within, common, average := Within(list)
		out := geometryOut{within, common, orNull(average), []kindOut{}}
		for _, d := range list {
			out.Kinds = append(out.Kinds, kind(d))
		}
		geometry[row] = out
	}
	for row, d := range r.RingSizes {
		ringSizes[row] = kind(d)
	}
	pockets := []pocketOut{}
	for _, p := range r.Pockets {
		pockets = append(pockets, pocketOut{p.Name, p.Asked, p.Connected, orNull(p.Atoms), [2]int{p.Low, p.High}, orNull(p.VinaScore), orNull(p.VinaMin),
			orNull(p.Random), orNull(p.Reference), p.RefAtoms, p.Seconds})
	}
	rate := orNull(float64(r.Sampled) / r.Seconds)
	return json.Marshal(struct {
		Settings Settings                       `json:"settings"`
		Figures  map[string]lineOut             `json:"figures"`
		Rings    map[string]lineOut             `json:"rings"`
		RingJS   map[string]kindOut             `json:"ring_size_js"`
		Against  string                         `json:"geometry_against"`
		Geometry map[string]geometryOut         `json:"geometry"`
		Tests    map[string]map[string]Measured `json:"posebusters_failed"`
		Rejected []Reason                       `json:"rejected"`
		Missing  []Reason                       `json:"missing"`
		Unplaced []Reason                       `json:"missing_at_random"`
		Pockets  []pocketOut                    `json:"pockets"`
		Empty    int                            `json:"pockets_without_molecules"`
		Sampled  int                            `json:"sampled"`
		Seconds  float64                        `json:"sampling_seconds"`
		Rate     *float64                       `json:"samples_a_second"`
		LeftOut  []string                       `json:"left_out"`
	}{r.Settings, figures, rings, ringSizes, r.Against, geometry, tests, none(r.Rejected), none(r.Missing), none(r.Unplaced), pockets, r.Empty,
		r.Sampled, r.Seconds, rate, none(r.LeftOut)})
}

// none makes an empty list of no list, which JSON would call null.
func none[T any](list []T) []T { return append([]T{}, list...) }
