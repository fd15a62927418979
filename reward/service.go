package reward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"keel/oracle"
)

// service is a user's HTTP service. A batch is posted as
//
//	{"receptor": "1hpv.pdb", "molecules": [{"id": 0, "name": "...", "smiles": "...", "sdf": "..."}, ...]}
//
// and answered, in order, by
//
//	{"results": [{"id": 0, "value": 0.7}, {"id": 1, "error": "why not"}, ...]}
//
// What the network or the service can mend (no connection, no answer in time, the statuses 429 and 5xx) is tried again after a pause
// that doubles; then the whole batch has failed.
type service struct {
	url      string
	limit    time.Duration // for one try
	retries  int
	pause    time.Duration // before the first retry
	receptor string
}

// serviceBytes bounds what a service may answer.
const serviceBytes = 64 << 20

func newService(c *Component, _ Env) (metric, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("url = %q: expected one like http://127.0.0.1:8000/score", c.URL)
	}
	s := &service{url: c.URL, limit: limit, retries: or(c.Retries, 3), pause: time.Second / 2}
	if s.retries < 0 {
		return nil, fmt.Errorf("retries = %d: expected 0 or more", s.retries)
	}
	return s, nil
}

func (s *service) start(_ context.Context, env Env) error {
	s.receptor = env.Receptor
	return nil
}

func (*service) needs() oracle.Metrics { return 0 }

func (s *service) values(ctx context.Context, in []sample) ([]measure, error) {
	if len(in) == 0 {
		return nil, nil
	}
	type numbered struct {
		ID int64 `json:"id"`
		question
	}
	var batch struct {
		Receptor  string     `json:"receptor"`
		Molecules []numbered `json:"molecules"`
	}
	batch.Receptor = s.receptor
	for i, one := range in {
		batch.Molecules = append(batch.Molecules, numbered{int64(i), ask(one)})
	}
	body, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	out := make([]measure, len(in))
	answer, why := s.persist(ctx, body)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var replies []reply
	if why == nil {
		replies, why = parseReplies(answer, len(in))
	}
	for i := range out {
		if why != nil {
			out[i] = failed(why.reason, why.detail)
			continue
		}
		out[i] = replies[i].measure()
	}
	return out, nil
}

// outage is why a batch has no answer.
type outage struct {
	reason, detail string
	passing        bool // it may be over at the next try
}

// persist posts the batch until it is answered or patience ends.
func (s *service) persist(ctx context.Context, body []byte) (answer []byte, why *outage) {
	for try := range s.retries + 1 {
		if try > 0 {
			select {
			case <-time.After(s.pause << (try - 1)):
			case <-ctx.Done():
				return nil, why
			}
		}
		if answer, why = s.post(ctx, body); why == nil || !why.passing {
			break
		}
	}
	return answer, why
}

func (s *service) post(ctx context.Context, body []byte) ([]byte, *outage) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, &outage{reason: "the service cannot be asked", detail: err.Error()}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, serviceBytes+1))
	switch code := response.StatusCode; {
	case err != nil:
		return nil, unreachable(ctx, err)
	case code/100 != 2:
		return nil, &outage{"the service answered with an error", response.Status, code/100 == 5 || code == http.StatusTooManyRequests}
	case len(answer) > serviceBytes:
		return nil, &outage{reason: "the service answered too much"}
	}
	return answer, nil
}

func unreachable(ctx context.Context, err error) *outage {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &outage{reason: "the service did not answer in time", passing: true}
	}
	var bare *url.Error
	if errors.As(err, &bare) {
		err = bare.Err // without the address, which the configuration has
	}
	return &outage{"the service cannot be reached", err.Error(), true}
}

// parseReplies holds the answer to what was asked: as many, in order, each with a value or an error.
func parseReplies(answer []byte, asked int) ([]reply, *outage) {
	var all struct {
		Results []reply `json:"results"`
	}
	rubbish := func(format string, args ...any) ([]reply, *outage) {
		return nil, &outage{reason: "the service answered rubbish", detail: fmt.Sprintf(format, args...)}
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return rubbish("%v", err)
	}
	if len(all.Results) != asked {
		return rubbish("%d results for %d molecules", len(all.Results), asked)
	}
	for i, r := range all.Results {
		if r.ID != int64(i) {
			return rubbish("result %d has the id %d", i, r.ID)
		}
		if err := r.check(); err != nil {
			return rubbish("result %d: %v", i, err)
		}
	}
	return all.Results, nil
}
