package dataset

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"

	"keel/oracle/conformer"
)

// Settings are what decides, beside the sources, which examples a dataset holds.
type Settings struct {
	Seed     int64   `json:"seed"`          // of the conformers, from 0; each adds the number of its line
	MinAtoms int     `json:"min_atoms"`     // heavy atoms of a ligand or lone molecule
	MaxAtoms int     `json:"max_atoms"`     // the same
	Most     int     `json:"most"`          // conformers to stop after; 0 means all
	PerShard int     `json:"per_shard"`     // examples in a shard
	Limit    float64 `json:"limit_s"`       // time for a conformer on one worker, s
	FileMB   int     `json:"file_mb"`       // size of a structure file, decompressed, beyond which it is not read
	Radius   float64 `json:"radius_a"`      // a pocket's residues have an atom within that distance of the ligand, Å
	Closest  float64 `json:"closest_a"`     // heavy atoms of ligand and protein closer than that are covalent or clash, Å
	Farthest float64 `json:"farthest_a"`    // a ligand without an amino acid's atom that near is in no pocket, Å
	LongBond float64 `json:"longest_bond"`  // between heavy atoms, Å
	Apart    float64 `json:"atoms_apart_a"` // least distance of two heavy atoms of a molecule, Å
}

// DefaultSettings are the settings of the data that Keel's own weights are trained on.
func DefaultSettings() Settings {
	return Settings{Seed: 1, MinAtoms: 8, MaxAtoms: 45, PerShard: 5000, Limit: 30, FileMB: 16,
		Radius: 10, Closest: 1.95, Farthest: 5, LongBond: 2.5, Apart: 0.9}
}

// Check says what is wrong with the settings.
func (s Settings) Check() error {
	switch {
	case s.Seed < 0 || s.Seed > math.MaxInt32:
		return fmt.Errorf("a seed of %d: expected 0 to %d", s.Seed, math.MaxInt32)
	case s.MinAtoms < 1 || s.MaxAtoms < s.MinAtoms || s.MaxAtoms > largest:
		return fmt.Errorf("%d to %d heavy atoms: expected at least 1, at most %d, and the smaller number first", s.MinAtoms, s.MaxAtoms, largest)
	case s.Most < 0:
		return fmt.Errorf("at most %d conformers: expected a number from 1, or 0 for all", s.Most)
	case s.PerShard < 1:
		return fmt.Errorf("%d examples in a shard: expected at least 1", s.PerShard)
	case s.FileMB < 1 || s.FileMB > 256:
		return fmt.Errorf("files of up to %d MB: expected 1 to 256", s.FileMB)
	case !(s.Limit > 0):
		return fmt.Errorf("a limit of %g s for a conformer: expected more than 0", s.Limit)
	}
	return nil
}

// largest is the most atoms that a molecule may be allowed: checks of all pairs and SDF records stay cheap.
const largest = 300

// Config says what to make a dataset from, and where.
type Config struct {
	Settings
	Out       string   // folder to make, or to go on with
	SMILES    []string // files of SMILES<TAB>source lines, plain or gzip
	Complexes []string // archives (.tar.gz, .tar) and folders of complexes
	Workers   int      // processes and goroutines; 0 means one per CPU. The result does not depend on it
	Version   string   // of Keel, for the manifest
	Log       io.Writer

	make maker // tests put one of their own here
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = runtime.NumCPU()
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	return c
}

// Check says what is wrong with the configuration.
func (c *Config) Check() error {
	switch {
	case c.Out == "":
		return errors.New("no folder to write to was given")
	case len(c.SMILES)+len(c.Complexes) == 0:
		return errors.New("no SMILES and no complexes were given to make data from")
	case c.Workers < 0:
		return fmt.Errorf("%d workers: expected at least 1, or 0 for one per CPU", c.Workers)
	}
	return c.Settings.Check()
}

// conformers says how to run the workers.
func (c *Config) conformers() conformer.Config {
	return conformer.Config{Workers: c.Workers, Limit: seconds(c.Limit)}
}
