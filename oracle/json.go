package oracle

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
)

// attachments are what the JSON form has beside the table's columns; absent where they are empty.
type attachments struct {
	PoseMin     string `json:"pose_min,omitempty"`
	PoseDock    string `json:"pose_dock,omitempty"`
	PoseRelax   string `json:"pose_relax,omitempty"`
	PoseQuick   string `json:"pose_quick,omitempty"`
	PoseMended  string `json:"pose_mended,omitempty"`
	Depiction   string `json:"depiction,omitempty"`
	Fingerprint []byte `json:"fingerprint,omitempty"` // base64
}

// MarshalJSON writes an object with the table's columns in order, null for what is missing, and the attachments.
func (s Score) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for i, c := range columns {
		value, err := json.Marshal(c.value(&s))
		if err != nil {
			return nil, err
		}
		out.WriteByte("{,"[min(i, 1)])
		out.WriteString(`"` + c.name + `":`)
		out.Write(value)
	}
	more, err := json.Marshal(attachments{s.PoseMin, s.PoseDock, s.PoseRelax, s.PoseQuick, s.PoseMended, s.Depiction, s.Fingerprint})
	if err != nil {
		return nil, err
	}
	if len(more) > len("{}") {
		out.WriteByte(',')
	}
	out.Write(more[1:]) // an object without its opening brace
	return out.Bytes(), nil
}

// value is what stands for the column in JSON.
func (c columnOf) value(s *Score) any {
	switch v := c.at(s).(type) {
	case *float64:
		return orNull(*v)
	case missable:
		if *v.text == "" {
			return nil
		}
		return *v.text
	default:
		return v
	}
}

// UnmarshalJSON reads the same; what is null or absent becomes NaN or empty, other keys are passed over.
func (s *Score) UnmarshalJSON(text []byte) (err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	*s, err = decodeScore(fields)
	return err
}

// decodeScore reads the values of a score's JSON form, by name.
func decodeScore(values map[string]json.RawMessage) (Score, error) {
	s := blankScore()
	read := func(name string, into any) error {
		value, ok := values[name]
		if !ok || string(value) == "null" {
			return nil
		}
		return json.Unmarshal(value, into)
	}
	for _, c := range columns {
		into := c.at(&s)
		if t, ok := into.(missable); ok {
			into = t.text
		}
		if err := read(c.name, into); err != nil {
			return s, err
		}
	}
	return s, cmp.Or(read("pose_min", &s.PoseMin), read("pose_dock", &s.PoseDock), read("pose_relax", &s.PoseRelax),
		read("pose_quick", &s.PoseQuick), read("pose_mended", &s.PoseMended), read("depiction", &s.Depiction), read("fingerprint", &s.Fingerprint))
}

// orNull is nil for what JSON has no number for.
func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// WriteJSON writes {"molecules": [...], "summary": {...}}, the form of `keel score --json`; extra columns are keys of each molecule.
func WriteJSON(w io.Writer, scores []Score, extra ...Extra) error {
	list := make([]json.RawMessage, len(scores))
	for i, s := range scores {
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		for _, x := range extra {
			more, err := json.Marshal(map[string]*float64{x.Name: orNull(x.Values[i])})
			if err != nil {
				return err
			}
			text = append(append(text[:len(text)-1], ','), more[1:]...) // both are objects: the second goes on where the first ends
		}
		list[i] = text
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(struct {
		Molecules []json.RawMessage `json:"molecules"`
		Summary   Summary           `json:"summary"`
	}{list, Summarise(scores, extra...)})
}
