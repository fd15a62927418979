package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// Record is one line of metrics.jsonl. Values that were not finite when logged (null in the file) are NaN.
type Record struct {
	Step   int
	Time   time.Time
	Values map[string]float64
}

// Log appends values at step to metrics.jsonl and to the TensorBoard events. Steps must not go back.
// The names "step" and "time" are the line's own. Numbers that are not finite become null in metrics.jsonl.
func (r *Run) Log(step int, values map[string]float64) error {
	now := time.Now()
	line, err := encodeLine(step, now, values)
	if err != nil {
		return err
	}
	if err := appendWhole(r.metrics, line); err != nil {
		return err
	}
	return appendWhole(r.events, tfRecord(scalarEvent(step, now, values)))
}

// TruncateAfter drops all that was logged after step, so that a run resumed there repeats no line.
func (r *Run) TruncateAfter(step int) error {
	if err := truncate(r.metrics, step, keepLines); err != nil {
		return err
	}
	if err := truncate(r.events, step, keepEvents); err != nil {
		return err
	}
	if size, err := r.events.Seek(0, io.SeekEnd); err != nil || size > 0 {
		return err
	}
	return appendWhole(r.events, tfRecord(versionEvent(time.Now())))
}

// ReadMetrics reads the metrics.jsonl of the run in dir, also while the run goes on: a last line not yet whole is left out.
// A run without metrics has none.
func ReadMetrics(dir string) ([]Record, error) {
	path := filepath.Join(dir, MetricsFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	var records []Record
	_, err = scanLines(data, func(rec Record) bool {
		records = append(records, rec)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return records, nil
}

// truncate cuts f to the leading bytes that keep names: whole entries up to step.
func truncate(f *os.File, step int, keep func(data []byte, step int) (int, error)) error {
	data, err := os.ReadFile(f.Name())
	if err != nil {
		return err
	}
	n, err := keep(data, step)
	if err != nil {
		return fmt.Errorf("%s:%w", f.Name(), err)
	}
	if n == len(data) {
		return nil
	}
	return f.Truncate(int64(n))
}

func keepLines(data []byte, step int) (int, error) {
	return scanLines(data, func(rec Record) bool { return rec.Step <= step })
}

// scanLines gives each whole line to accept until it says no, and returns the length of the lines accepted.
// A last line that is torn (a kill in mid-write) ends the scan; an unreadable line elsewhere is an error "LINE: ...".
func scanLines(data []byte, accept func(Record) bool) (int, error) {
	at := 0
	for number := 1; ; number++ {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			return at, nil
		}
		next := at + end + 1
		rec, err := decodeLine(data[at : next-1])
		switch {
		case err != nil && next == len(data):
			return at, nil
		case err != nil:
			return at, fmt.Errorf("%d: not a line of metrics (%v): mend or delete it", number, err)
		case !accept(rec):
			return at, nil
		}
		at = next
	}
}

func encodeLine(step int, at time.Time, values map[string]float64) ([]byte, error) {
	b := fmt.Appendf(nil, `{"step":%d,"time":%.3f`, step, float64(at.UnixMilli())/1000)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key == "step" || key == "time" {
			return nil, fmt.Errorf("metrics at step %d: the name %q is taken by the line itself; use another", step, key)
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, ','), name...), ':')
		b = appendNumber(b, values[key])
	}
	return append(b, '}', '\n'), nil
}

// appendNumber appends v as JSON, null when it is not finite.
func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func decodeLine(line []byte) (Record, error) {
	var all map[string]*float64
	if err := json.Unmarshal(line, &all); err != nil {
		return Record{}, err
	}
	if all["step"] == nil || all["time"] == nil {
		return Record{}, errors.New("no step or no time")
	}
	rec := Record{Step: int(*all["step"]), Time: time.UnixMilli(int64(math.Round(*all["time"] * 1000))), Values: map[string]float64{}}
	delete(all, "step")
	delete(all, "time")
	for key, v := range all {
		rec.Values[key] = math.NaN()
		if v != nil {
			rec.Values[key] = *v
		}
	}
	return rec, nil
}
