package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"keel/chem"
	"keel/supervise"
)

// request is what a worker is asked; worker/serve.py states the protocol.
type request struct {
	SDF     string   `json:"sdf"`
	Metrics []string `json:"metrics"`

	PDBQT string      `json:"pdbqt,omitempty"` // the molecule for Vina
	Atoms []int       `json:"atoms,omitempty"` // the record's atom of each of its atoms
	Box   *requestBox `json:"box,omitempty"`   // the molecule's own

	Threads int `json:"threads,omitempty"` // for docking; its result does not depend on them
}

type requestBox struct {
	Center chem.Vec `json:"center"`
	Size   chem.Vec `json:"size"`
}

// answer is what it says.
type answer struct {
	Values   map[string]json.RawMessage `json:"score"`
	Failures []supervise.Failure        `json:"failures"`
	Seconds  map[string]float64         `json:"seconds"`
}

// parseAnswer refuses what cannot become a score.
func parseAnswer(body json.RawMessage) (*answer, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	if a.Values == nil {
		return nil, errors.New("no score for the molecule asked for")
	}
	if _, err := decodeScore(a.Values); err != nil {
		return nil, err
	}
	return &a, nil
}

// staff says how the workers are to be run.
func (c *Config) staff(poison map[string]supervise.Failure) (supervise.Config, error) {
	boot, sources := workerSources()
	hello, err := json.Marshal(c.hello())
	if err != nil {
		return supervise.Config{}, err
	}
	command := c.command
	if command == nil {
		command = []string{c.Python, "-c", boot}
	}
	return supervise.Config{
		Command: command,
		// One thread for each worker: there is a worker for every core already.
		Env:     []string{"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "PYTHONUTF8=1"},
		Workers: c.Workers,
		Hello:   append(append(append([]byte{}, sources...), hello...), '\n'),
		Ready:   hearReady,
		Check: func(body json.RawMessage) error {
			_, err := parseAnswer(body)
			return err
		},
		// A slow leak is stopped by the first; one allocation that is far too big fails inside the worker, which says so.
		MemoryMiB:  max(c.MemoryMiB, 0),
		AddressMiB: 2 * max(c.MemoryMiB, 0),
		Poison:     poison,
	}, nil
}

// hearReady judges a worker's first line.
func hearReady(line []byte) error {
	var said struct {
		Ready bool   `json:"ready"`
		Error string `json:"error"`
	}
	switch err := json.Unmarshal(line, &said); {
	case err != nil:
		return supervise.Failure{Reason: "a worker did not start", Detail: err.Error()}
	case said.Ready:
		return nil
	}
	return supervise.Failure{Reason: "a worker cannot score", Detail: said.Error}
}

// explain adds what to do to an error of the workers'.
func explain(err error) error {
	var why supervise.Failure
	if errors.As(err, &why) {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}

// transient says that the failure may not come again, so that it tells nothing of the molecule.
func transient(f supervise.Failure) bool {
	return strings.Contains(f.Detail, "MemoryError") || strings.Contains(f.Detail, "bad_alloc")
}
