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
	Box          chem.Box // Vina's search box, Å

	Seed           int64         // Vina's seed, the same for every molecule; 0 means 1, for Vina takes 0 as "any"
	Exhaustiveness int           // of VinaDock; 0 means 8, Vina's default
	Timeout        time.Duration // for a molecule; 0 means 60 s
	DockTimeout    time.Duration // for a molecule with VinaDock; 0 means 10 min
	MemoryMiB      int           // address space of a worker; 0 means 4096, negative means no limit
	Picture        [2]int        // width and height of a Depiction in pixels; 0 means 300 x 220
	Python         string        // interpreter; empty means FindPython's

	command []string // tests put a worker of their own here
}

// startTimeout is for the imports and Vina's maps, 2 s on an idle machine.
const startTimeout = 3 * time.Minute

func (c Config) withDefaults() Config {
	set(&c.Workers, runtime.NumCPU())
	set(&c.ReceptorName, "receptor")
	set(&c.Seed, 1)
	set(&c.Exhaustiveness, 8)
	set(&c.Timeout, time.Minute)
	set(&c.DockTimeout, 10*time.Minute)
	set(&c.MemoryMiB, 4096)
	set(&c.Picture, [2]int{300, 220})
	return c
}

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
	MemoryMiB      int      `json:"memory_mib"`
}

func (c Config) hello() hello {
	return hello{string(c.Receptor), c.Box.Center, c.Box.Size, c.Seed, c.Exhaustiveness, c.Picture, c.MemoryMiB}
}
