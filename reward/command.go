package reward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"keel/chem"
	"keel/oracle"
	"keel/supervise"
)

// command is a program of the user's that reads one line of JSON for each molecule and writes one:
//
//	{"id": 17, "name": "keel-0001", "smiles": "CCO", "sdf": "...", "receptor": "1hpv.pdb"}
//	{"id": 17, "value": 0.7}    or    {"id": 17, "error": "why not"}
//
// With ready it is first told {"receptor": ...} and says {"ready": true} or {"ready": false, "error": "why"} when its start is over.
// Package supervise keeps it: it may crash, hang and print rubbish.
type command struct {
	config   supervise.Config
	ready    bool
	receptor string
	pool     *supervise.Pool
}

// question is what is told of a molecule.
type question struct {
	Name   string `json:"name"`
	SMILES string `json:"smiles"`
	SDF    string `json:"sdf"`
}

// placed is a question with the place that is meant.
type placed struct {
	question
	Receptor string `json:"receptor"`
}

// reply is what is said of it.
type reply struct {
	ID    int64    `json:"id"`
	Value *float64 `json:"value"`
	Error string   `json:"error"`
}

func newCommand(c *Component, _ Env) (metric, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	workers := or(c.Workers, 1)
	if workers < 1 {
		return nil, fmt.Errorf("workers = %d: expected 1 or more", workers)
	}
	return &command{config: supervise.Config{Command: c.Command, Workers: workers, Limit: limit, Check: checkReply}, ready: or(c.Ready, false)}, nil
}

// limit is the time limit.
func (c *Component) limit() (time.Duration, error) {
	seconds := or(c.Timeout, 60)
	if !(seconds > 0) || seconds > math.MaxInt32 {
		return 0, fmt.Errorf("timeout = %v: expected a number of seconds above 0", seconds)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func (c *command) start(ctx context.Context, env Env) (err error) {
	c.receptor = env.Receptor
	if c.ready {
		hello, err := json.Marshal(map[string]string{"receptor": env.Receptor})
		if err != nil {
			return err
		}
		c.config.Hello, c.config.Ready = append(hello, '\n'), checkReady
	}
	c.pool, err = supervise.Start(ctx, c.config)
	return err
}

func checkReady(line []byte) error {
	var r struct {
		Ready bool   `json:"ready"`
		Error string `json:"error"`
	}
	switch err := json.Unmarshal(line, &r); {
	case err != nil:
		return fmt.Errorf(`it wrote %.60q where {"ready": true} was expected`, line)
	case !r.Ready:
		return fmt.Errorf("it is not ready: %s", r.Error)
	}
	return nil
}

func checkReply(body json.RawMessage) error {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	return r.check()
}

func (r reply) check() error {
	if (r.Value == nil) == (r.Error == "") {
		return errors.New("an answer has either a value or an error")
	}
	return nil
}

// measure is what a sound reply says.
func (r reply) measure() measure {
	if r.Value == nil {
		return failed(r.Error, "")
	}
	return measure{value: *r.Value}
}

func (*command) needs() oracle.Metrics { return 0 }

func (c *command) values(ctx context.Context, in []sample) ([]measure, error) {
	requests := make([]supervise.Request, len(in))
	for i, s := range in {
		q := ask(s)
		_, key, _ := strings.Cut(q.SDF, "\n") // without the name, which may be another's next time
		requests[i] = supervise.Request{Key: key, Body: placed{q, c.receptor}}
	}
	answers, err := c.pool.Do(ctx, requests, nil)
	if err != nil {
		return nil, err
	}
	out := make([]measure, len(in))
	for i, a := range answers {
		if a.Failure != nil {
			out[i].failure = a.Failure
			continue
		}
		var r reply
		if err := json.Unmarshal(a.Body, &r); err != nil {
			return nil, err // was checked
		}
		out[i] = r.measure()
	}
	return out, nil
}

// ask is the question about a molecule. One that does not fit an SDF record is told without.
func ask(s sample) question {
	var sdf bytes.Buffer
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{s.mol}); err != nil {
		sdf.Reset()
	}
	return question{s.mol.Name, s.score.SMILES, sdf.String()}
}

// Close ends the program.
func (c *command) Close() error {
	if c.pool == nil {
		return nil
	}
	return c.pool.Close()
}
