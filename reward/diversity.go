package reward

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"keel/chem"
)

// DiversityConfig is the section [reward.diversity]: what the molecules of a run take from the rewards of later ones, after REINVENT's
// diversity filters (Blaschke et al. 2020, reinvent/runmodes/RL/memories). Unlike there, a full bucket's molecules lose their reward little by little.
type DiversityConfig struct {
	Scaffold  string  `toml:"scaffold"`  // which molecules share a bucket: those of one "murcko" scaffold, one "framework" of it, or "none"
	Bucket    int     `toml:"bucket"`    // molecules of a bucket that earn in full; those beyond earn less, the one at twice that place nothing
	Least     float64 `toml:"least"`     // a molecule that earns less than this takes no place in a bucket
	Duplicate float64 `toml:"duplicate"` // share of its reward that a molecule earns which came before: 1 for no filter
}

// DefaultDiversity keeps a run from one scaffold, and pays each molecule once.
func DefaultDiversity() DiversityConfig {
	return DiversityConfig{Scaffold: "murcko", Bucket: 20, Least: 0.3, Duplicate: 0}
}

// buckets name the bucket of a molecule, by the setting scaffold.
var buckets = map[string]func(*chem.Molecule) string{
	"murcko":    func(m *chem.Molecule) string { return m.Scaffold().SMILES() },
	"framework": func(m *chem.Molecule) string { return m.Framework().SMILES() },
	"none":      nil,
}

func (c DiversityConfig) check() error {
	if _, ok := buckets[c.Scaffold]; !ok {
		return fmt.Errorf("[reward.diversity] scaffold = %q: expected one of %s", c.Scaffold, strings.Join(slices.Sorted(maps.Keys(buckets)), ", "))
	}
	switch {
	case c.Bucket < 1:
		return fmt.Errorf("[reward.diversity] bucket = %d: expected at least 1 molecule", c.Bucket)
	case c.Least != c.Least:
		return errors.New("[reward.diversity] least: expected a number")
	case !(c.Duplicate >= 0) || c.Duplicate > 1:
		return fmt.Errorf("[reward.diversity] duplicate = %v: expected a share from 0 to 1", c.Duplicate)
	}
	return nil
}

// Memory knows the molecules of a run. Its state is a JSON text, for a checkpoint.
type Memory struct {
	config    DiversityConfig
	molecules map[string]int // by key, how often
	places    map[string]int // by bucket, how many are in it
}

// NewMemory is a memory of nothing.
func NewMemory(c DiversityConfig) *Memory {
	return &Memory{config: c, molecules: map[string]int{}, places: map[string]int{}}
}

// Place is a molecule among those before it.
type Place struct {
	Reward float64 // what is left of it
	Copies int     // molecules of the run that were this one before it
	Bucket int     // its place in its bucket, from 1; 0 where it takes none
}

// Take gives what is left of molecules' rewards after all molecules before them, and keeps them in mind, in order. What is not valid in one piece and
// what has no reward counts for nothing; a negative reward stays what it is.
func (m *Memory) Take(mols []*chem.Molecule, results []Result) []Place {
	out := make([]Place, len(mols))
	for i, r := range results {
		out[i].Reward = r.Total
		if !r.Whole || r.Total != r.Total {
			continue
		}
		key := mols[i].Key()
		out[i].Copies = m.molecules[key]
		m.molecules[key]++
		if out[i].Copies > 0 {
			out[i].Reward = min(r.Total, r.Total*m.config.Duplicate)
			continue
		}
		if name := buckets[m.config.Scaffold]; name != nil && r.Total >= m.config.Least {
			bucket := name(mols[i])
			m.places[bucket]++
			out[i].Bucket = m.places[bucket]
			out[i].Reward = min(r.Total, r.Total*m.share(out[i].Bucket))
		}
	}
	return out
}

// share is what a molecule at a place of its bucket keeps of its reward.
func (m *Memory) share(place int) float64 {
	return min(1, max(0, 2-float64(place)/float64(m.config.Bucket)))
}

// Full says whether a place lies beyond those that earn in full.
func (m *Memory) Full(place int) bool { return place > m.config.Bucket }

// memoryJSON is a memory as text.
type memoryJSON struct {
	Molecules map[string]int `json:"molecules"`
	Places    map[string]int `json:"places"`
}

// MarshalJSON writes the molecules and the buckets' sizes, not the settings.
func (m *Memory) MarshalJSON() ([]byte, error) {
	return json.Marshal(memoryJSON{m.molecules, m.places})
}

// UnmarshalJSON is the inverse; settings stay.
func (m *Memory) UnmarshalJSON(text []byte) error {
	var j memoryJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	if j.Molecules == nil || j.Places == nil {
		return errors.New("molecules and places of the diversity filter: expected both")
	}
	m.molecules, m.places = j.Molecules, j.Places
	return nil
}
