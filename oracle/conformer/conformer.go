// Package conformer makes three-dimensional conformers of SMILES with RDKit, in supervised Python workers.
package conformer

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"keel/chem"
	"keel/oracle"
	"keel/supervise"
)

//go:embed worker.py
var program string

// remedy ends messages about a missing part of the Python side.
const remedy = "run `make setup`; `keel doctor` shows what is missing"

// Config says how to make conformers. Its zero value will do.
type Config struct {
	Workers   int           // processes; 0 means one per CPU
	Limit     time.Duration // for a molecule on one worker; 0 means 30 s. One that takes longer is tried once more
	MemoryMiB int           // resident memory of a worker; 0 means 2048
	Python    string        // interpreter; empty means oracle.FindPython's

	command []string // tests put a worker of their own here
}

// Maker makes conformers. Its methods may be called at the same time from several goroutines.
type Maker struct {
	pool  *supervise.Pool
	rdkit string
}

// Start starts the workers and returns once each is ready. They end with ctx. The error is one line with what to do.
func Start(ctx context.Context, cfg Config) (*Maker, error) {
	if cfg.Limit == 0 {
		cfg.Limit = 30 * time.Second
	}
	if cfg.MemoryMiB == 0 {
		cfg.MemoryMiB = 2048
	}
	if cfg.command == nil {
		python := cfg.Python
		if python == "" {
			var err error
			if python, err = oracle.FindPython(); err != nil {
				return nil, err
			}
		}
		cfg.command = []string{python, "-c", program}
	}
	m := &Maker{}
	var hearing sync.Mutex // workers become ready at the same time
	pool, err := supervise.Start(ctx, supervise.Config{
		Command: cfg.command,
		// One thread for each worker: there is a worker for every core already.
		Env:     []string{"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "PYTHONUTF8=1"},
		Workers: cfg.Workers,
		Ready: func(line []byte) error {
			version, err := hearReady(line)
			hearing.Lock()
			defer hearing.Unlock()
			m.rdkit = version
			return err
		},
		Check:      func(body json.RawMessage) error { _, _, err := parse(body); return err },
		Limit:      cfg.Limit,
		MemoryMiB:  cfg.MemoryMiB,
		AddressMiB: 2 * cfg.MemoryMiB,
	})
	if err != nil {
		return nil, explain(err)
	}
	m.pool = pool
	return m, nil
}

// RDKit is the version of RDKit that the workers have.
func (m *Maker) RDKit() string { return m.rdkit }

// Close ends the workers and waits until none is left.
func (m *Maker) Close() error { return m.pool.Close() }

// Make returns a conformer of the SMILES: heavy atoms, Kekulé bonds, coordinates in Å, no name. It is ETKDGv3 with that seed (0 or more, below
// 2³¹), relaxed by up to 60 iterations of MMFF94s with hydrogens present (Riniker & Landrum 2015; Wang et al. 2020; Halgren 1999). Where there is
// none, the failure says why, in the same words for every case of its kind. The error is for what stops all work: the context's
// end, or no worker left that can be started.
func (m *Maker) Make(ctx context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error) {
	answers, err := m.pool.Do(ctx, []supervise.Request{{Key: smiles, Body: request{smiles, seed}}}, nil)
	if err != nil {
		return nil, nil, explain(err)
	}
	if answers[0].Failure != nil {
		return nil, answers[0].Failure, nil
	}
	return parse(answers[0].Body)
}

// request is what a worker is asked; worker.py states the protocol.
type request struct {
	SMILES string `json:"smiles"`
	Seed   int64  `json:"seed"`
}

// parse reads an answer. An error makes it rubbish.
func parse(body json.RawMessage) (*chem.Molecule, *supervise.Failure, error) {
	var said struct {
		SDF    string `json:"sdf"`
		Reason string `json:"reason"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, nil, err
	}
	if said.Reason != "" {
		return nil, &supervise.Failure{Reason: said.Reason, Detail: said.Detail}, nil
	}
	mols, bad, err := chem.ParseSDF(strings.NewReader(said.SDF), "a worker's answer")
	if err = errors.Join(append(bad, err)...); err != nil {
		return nil, nil, err
	}
	if len(mols) != 1 {
		return nil, nil, fmt.Errorf("%d molecules in an answer", len(mols))
	}
	return mols[0], nil, nil
}

// hearReady judges a worker's first line.
func hearReady(line []byte) (rdkit string, err error) {
	var said struct {
		Ready bool   `json:"ready"`
		RDKit string `json:"rdkit"`
		Error string `json:"error"`
	}
	switch err := json.Unmarshal(line, &said); {
	case err != nil:
		return "", supervise.Failure{Reason: "a worker did not start", Detail: err.Error()}
	case !said.Ready:
		return "", supervise.Failure{Reason: "a worker cannot make conformers", Detail: said.Error}
	}
	return said.RDKit, nil
}

// explain adds what to do to an error of the workers'.
func explain(err error) error {
	if why := (supervise.Failure{}); errors.As(err, &why) {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}
