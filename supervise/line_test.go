package supervise

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", 5000)
	r := bufio.NewReader(strings.NewReader("a\n\n" + long + "\nno end"))
	for _, want := range []string{"a", "", long} {
		if line, err := readLine(r, 5001); err != nil || string(line) != want {
			t.Errorf("%q, %v", line, err)
		}
	}
	if line, err := readLine(r, 5001); err != io.EOF {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := readLine(bufio.NewReader(strings.NewReader(long+"\n")), 5000); err != errEndless {
		t.Error(err)
	}
}

func TestTailKeepsTheLastLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kept tail
		last := rapid.StringMatching(`[a-z]{1,20}`).Draw(t, "last")
		for _, block := range append(rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 3000)).Draw(t, "blocks"), []byte("\n"+last+"\n \n")) {
			if n, err := kept.Write(block); n != len(block) || err != nil {
				t.Fatal(n, err)
			}
		}
		if got := kept.lastLine(); got != last || len(kept.text) > tailBytes {
			t.Errorf("%q, want %q; %d bytes kept", got, last, len(kept.text))
		}
	})
	var kept tail
	kept.Write([]byte(strings.Repeat("w\xff\x1b ", 1000)))
	if got := kept.lastLine(); len(got) > 2*detailBytes || strings.ContainsAny(got, "\n\x1b") || !utf8.ValidString(got) || kept.lastLine() == "" {
		t.Errorf("%q", got)
	}
}

// Whatever a worker prints: what is taken for an answer is a JSON object on one line, with the id asked for.
func FuzzAnswer(f *testing.F) {
	for _, line := range []string{`{"id":7,"x":1}`, `{"id":8}`, `{"id":null}`, `{"ID":7}`, `{"id":7}{"id":7}`, `[7]`, `7`, `null`, "", `{"id":7.0}`,
		"{\"id\":7}\n{\"id\":7}", `{"id":7`, `{"id":"7"}`, `{"id":7e0,"x":NaN}`} {
		f.Add([]byte(line + "\n"))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		line, err := readLine(bufio.NewReader(bytes.NewReader(stream)), 1<<16)
		if err != nil {
			return
		}
		body, err := decode(line, 7)
		if err != nil {
			oneLine(err.Error())
			return
		}
		var object map[string]json.RawMessage
		if bytes.IndexByte(body, '\n') >= 0 || json.Unmarshal(body, &object) != nil || !strings.Contains(string(body), "7") {
			t.Errorf("%q", body)
		}
	})
}

func FuzzRequestKeepsItsBody(f *testing.F) {
	f.Add(`{"a":[1,"\n"]}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, body string) {
		line, err := encode(12, json.RawMessage(body))
		if err != nil {
			return
		}
		if _, err := decode(line, 12); bytes.IndexByte(line, '\n') >= 0 || err != nil && !strings.Contains(strings.ToLower(body), "id") {
			t.Errorf("%q: %v", line, err)
		}
	})
}
