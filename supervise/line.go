package supervise

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
)

var errEndless = errors.New("a line without end")

// readLine returns the next whole line without its end. What the stream ends with, short of a line's end, is no line.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, errEndless
		case err == nil:
			return line[:len(line)-1], nil
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

// newID is 1 or more, and within the integers that every language writes as such.
func newID() int64 { return 1 + rand.Int64N(1<<31-1) }

// encode returns the request's body, a JSON object, with the id as its first member.
func encode(id int64, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	rest, isObject := bytes.CutPrefix(text, []byte("{"))
	if !isObject {
		return nil, fmt.Errorf("%.40s is no JSON object", text)
	}
	line := fmt.Appendf(nil, `{"id":%d`, id)
	if rest[0] != '}' {
		line = append(line, ',')
	}
	return append(line, rest...), nil
}

// decode returns the line as the answer to the request with that id, or says why it is none.
func decode(line []byte, id int64) (json.RawMessage, error) {
	var head struct {
		ID *int64 `json:"id"`
	}
	switch err := json.Unmarshal(line, &head); {
	case err != nil:
		return nil, err
	case head.ID == nil:
		return nil, errors.New("an answer without an id")
	case *head.ID != id:
		return nil, errors.New("the answer to another request")
	}
	return line, nil
}
