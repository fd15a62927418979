package oracle

import (
	"runtime"
	"time"

	"keel/chem"
)

// Config says how to score. Its zero value scores what needs no receptor, on every CPU.
type Config struct {
	Workers int // processes; 0 means one per CPU

	Receptor     []byte   // PDBQT text, as of chem.ReceptorPDBQT; without it only QED, SA, LogP, Strain and Depiction
	ReceptorName string   // the file to name in messages; empty means "receptor"
	Box          chem.Box // Vina's search box, Å; without sides every molecule has its own, chem.BoxOfPose
	Native       bool     // only metrics of Native will be asked, so no worker is started and no Python is needed

	Seed           int64         // Vina's seed, the same for every molecule; 0 means 1, for Vina takes 0 as "any"
	Exhaustiveness int           // of VinaDock; 0 means 8, Vina's default
	DockHere       bool          // VinaDock and DockPose by this process's own search, as hard as AutoDock Vina's and faster: see package vina
	Timeout        time.Duration // for a molecule; 0 means 60 s
	DockTimeout    time.Duration // for a molecule with VinaDock; 0 means 2 h, for one of 45 atoms may take many minutes
	MemoryMiB      int           // resident memory of a worker; 0 means 4096, negative means no limit
	Picture        [2]int        // width and height of a Depiction in pixels; 0 means 300 x 220
	Python         string        // interpreter; empty means FindPython's

	// CacheFile keeps scores, and what ended two workers, from one run to the next; one run has it at a time. Empty means memory only.
	// Without its lines that begin with {"poison", molecules given up are tried again.
	CacheFile string

	Alerts     []string      // RDKit's filter catalogues that Alerts counts in, as PAINS_A; none means DefaultAlerts
	References []string      // SMILES that Similarity compares to
	Protein    *chem.Protein // what Interactions are found with

	command []string // tests put a worker of their own here
}

func (c Config) withDefaults() Config {
	set(&c.Workers, runtime.NumCPU())
	set(&c.ReceptorName, "receptor")
	set(&c.Seed, 1)
	set(&c.Exhaustiveness, 8)
	set(&c.Timeout, time.Minute)
	set(&c.DockTimeout, 2*time.Hour)
	set(&c.MemoryMiB, 4096)
	set(&c.Picture, [2]int{300, 220})
	return c
}

// ownBoxes says that every molecule has a box of its own.
func (c *Config) ownBoxes() bool { return c.Box.Size == (chem.Vec{}) }

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// hello is the first message to a worker.
type hello struct {
	ReceptorPDBQT  string   `json:"receptor_pdbqt"`
	Center         chem.Vec `json:"center"`
	Size           chem.Vec `json:"size"`
	Seed           int64    `json:"seed"`
	Exhaustiveness int      `json:"exhaustiveness"`
	Picture        [2]int   `json:"picture"`
	Alerts         []string `json:"alerts"`
	References     []string `json:"references"`
}

func (c Config) hello() hello {
	alerts := c.Alerts
	if len(alerts) == 0 {
		alerts = DefaultAlerts
	}
	return hello{string(c.Receptor), c.Box.Center, c.Box.Size, c.Seed, c.Exhaustiveness, c.Picture, alerts, c.References}
}
