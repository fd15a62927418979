package supervise

import (
	"encoding/json"
	"runtime"
	"time"
)

// Config says what to run and how far to trust it. Only Command is needed.
type Config struct {
	Command []string // the program, looked up on PATH, and its arguments
	Env     []string // KEY=value, beside and before Keel's own environment
	Workers int      // processes; 0 means one per CPU

	Hello []byte                           // written to a new worker as it is, before any request; may be empty
	Ready func(line []byte) error          // judges the line that a new worker then prints; nil: it prints none. Its error is Start's
	Check func(body json.RawMessage) error // judges an answer's form: an error makes it rubbish; nil: any JSON object will do

	Limit       time.Duration // for a request that has no limit of its own; 0 means 1 min
	StartLimit  time.Duration // for a new worker's first line; 0 means 3 min
	AnswerBytes int           // length of a line beyond which a worker is ill; 0 means 16 MiB

	// MemoryMiB limits the resident memory of a worker and its children together: it is looked at ten times a second, and a worker
	// above it is killed and its request tried elsewhere. Pages that they share count for each. 0 means no limit; Linux only.
	MemoryMiB int
	// AddressMiB limits the address space of each of a worker's processes (RLIMIT_AS): an allocation beyond it fails inside the
	// worker, which may live on and say so. Not for programs that reserve more than they use, such as Go's and Java's.
	// 0 means no limit; Linux only.
	AddressMiB int

	Poison map[string]Failure // keys known to end workers, with the reason
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = runtime.NumCPU()
	}
	if c.Limit == 0 {
		c.Limit = time.Minute
	}
	if c.StartLimit == 0 {
		c.StartLimit = 3 * time.Minute
	}
	if c.AnswerBytes == 0 {
		c.AnswerBytes = 16 << 20
	}
	return c
}
