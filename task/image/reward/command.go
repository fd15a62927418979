package reward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"time"

	"keel/supervise"
	"keel/task/image/caption"
	"keel/task/image/picture"
)

// command is a program of the user's that reads one line of JSON for each picture and writes one, for ever:
//
//	{"id": 17, "prompt": "red heart", "png": "iVBORw0..."}      the picture as a PNG file in base64
//	{"id": 17, "value": 0.7}    or    {"id": 17, "error": "why not"}
//
// Package supervise keeps it: it may crash, hang and print rubbish; a picture that it does not judge has no reward.
type command struct{ pool *supervise.Pool }

// question is what is told of a picture.
type question struct {
	Prompt string `json:"prompt"`
	PNG    []byte `json:"png"`
}

// reply is what is said of it.
type reply struct {
	Value *float64 `json:"value"`
	Error string   `json:"error"`
}

func checkCommand(c Config, _ []caption.Caption) error {
	switch {
	case len(c.Command) == 0:
		return errors.New("command is missing: the program and its arguments, such as [\"python3\", \"reward.py\"]")
	case !(c.Timeout >= 0) || c.Timeout > math.MaxInt32:
		return fmt.Errorf("timeout = %v: expected a number of seconds above 0", c.Timeout)
	}
	return nil
}

const defaultTimeout = 60 // seconds

func newCommand(ctx context.Context, c Config, _ Env) (metric, error) {
	seconds := c.Timeout
	if seconds == 0 {
		seconds = defaultTimeout
	}
	pool, err := supervise.Start(ctx, supervise.Config{Command: c.Command, Workers: 1, Limit: time.Duration(seconds * float64(time.Second)), Check: checkReply})
	if err != nil {
		return nil, err
	}
	return &command{pool}, nil
}

func checkReply(body json.RawMessage) error {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	if (r.Value == nil) == (r.Error == "") {
		return errors.New("an answer has either a value or an error")
	}
	return nil
}

func (c *command) values(ctx context.Context, pictures [][]float32, captions []caption.Caption) ([]float64, error) {
	requests := make([]supervise.Request, len(pictures))
	for i, x := range pictures {
		var file bytes.Buffer
		if err := png.Encode(&file, picture.FromState(x)); err != nil {
			return nil, err
		}
		requests[i] = supervise.Request{Key: captions[i].String() + "\n" + file.String(), Body: question{captions[i].String(), file.Bytes()}}
	}
	answers, err := c.pool.Do(ctx, requests, nil)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(answers))
	for i, a := range answers {
		out[i] = math.NaN()
		if a.Failure != nil {
			continue
		}
		var r reply
		if err := json.Unmarshal(a.Body, &r); err != nil {
			return nil, err // was checked
		}
		if r.Value != nil {
			out[i] = *r.Value
		}
	}
	return out, nil
}

// Close ends the program.
func (c *command) Close() error { return c.pool.Close() }
