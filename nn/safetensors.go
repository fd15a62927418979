package nn

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
)

// Weights are named float32 tensors with string metadata, as the safetensors format holds them: eight bytes of header
// length, a JSON header, the raw little-endian values.
type Weights struct {
	Tensors  map[string]WeightTensor
	Metadata map[string]string
}

// WeightTensor is one tensor of a weights file, row-major.
type WeightTensor struct {
	Dims   []int
	Values []float32
}

type tensorHeader struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

const maxHeader = 16 << 20 // a header beyond this is no header but a broken file

// Write writes the file's bytes. Tensors come in the order of their names, so equal weights give equal files.
func (w *Weights) Write(out io.Writer) error {
	names := make([]string, 0, len(w.Tensors))
	for name := range w.Tensors {
		names = append(names, name)
	}
	sort.Strings(names)
	header := map[string]any{}
	if len(w.Metadata) > 0 {
		header["__metadata__"] = w.Metadata
	}
	var offset int64
	for _, name := range names {
		t := w.Tensors[name]
		size := int64(4 * len(t.Values))
		dims := t.Dims
		if dims == nil {
			dims = []int{}
		}
		header[name] = tensorHeader{DType: "F32", Shape: dims, Offsets: [2]int64{offset, offset + size}}
		offset += size
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 { // the format wants the data aligned
		text = append(text, ' ')
	}
	buf := bufio.NewWriterSize(out, 1<<20)
	if err := binary.Write(buf, binary.LittleEndian, uint64(len(text))); err != nil {
		return err
	}
	if _, err := buf.Write(text); err != nil {
		return err
	}
	var word [4]byte
	for _, name := range names {
		for _, v := range w.Tensors[name].Values {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
			if _, err := buf.Write(word[:]); err != nil {
				return err
			}
		}
	}
	return buf.Flush()
}

// ReadWeights reads a safetensors file of float32 tensors.
func ReadWeights(path string) (*Weights, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	w, err := ParseWeights(bufio.NewReaderSize(f, 1<<20), info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

var errNoSafetensors = errors.New("no safetensors file: expected a JSON header and float32 tensors; the file is cut off or of another kind")

// ParseWeights reads the bytes of a safetensors file of the given size.
func ParseWeights(r io.Reader, size int64) (*Weights, error) {
	var length uint64
	if err := binary.Read(r, binary.LittleEndian, &length); err != nil || length > maxHeader || int64(length) > size-8 {
		return nil, errNoSafetensors
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, errNoSafetensors
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, errNoSafetensors
	}
	w := &Weights{Tensors: map[string]WeightTensor{}, Metadata: map[string]string{}}
	headers := map[string]tensorHeader{}
	var names []string
	for name, value := range raw {
		if name == "__metadata__" {
			if err := json.Unmarshal(value, &w.Metadata); err != nil {
				return nil, fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		var h tensorHeader
		if err := json.Unmarshal(value, &h); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		headers[name] = h
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := headers[names[i]].Offsets, headers[names[j]].Offsets
		return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] // a tensor without values comes before what starts at its place
	})
	var at int64
	for _, name := range names {
		h := headers[name]
		values, err := readTensor(r, h, at, size-8-int64(length))
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		at = h.Offsets[1]
		w.Tensors[name] = WeightTensor{Dims: h.Shape, Values: values}
	}
	if rest := size - 8 - int64(length) - at; rest != 0 {
		return nil, fmt.Errorf("%d bytes behind the last tensor: the header does not belong to this file (cut off?)", rest)
	}
	return w, nil
}

func readTensor(r io.Reader, h tensorHeader, at, size int64) ([]float32, error) {
	if h.DType != "F32" {
		return nil, fmt.Errorf("dtype %q; F32 is expected", h.DType)
	}
	count := int64(1)
	for _, d := range h.Shape {
		if d < 0 || d > 0 && count > math.MaxInt64/8/int64(d) { // beyond any file, and soon beyond int64
			return nil, fmt.Errorf("shape %v does not fit the file", h.Shape)
		}
		count *= int64(d)
	}
	if h.Offsets[0] != at || h.Offsets[1] != at+4*count || h.Offsets[1] > size {
		return nil, fmt.Errorf("shape %v does not agree with its place %v in the file (cut off?)", h.Shape, h.Offsets)
	}
	data := make([]byte, 4*count)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, errors.New("the file is cut off")
	}
	values := make([]float32, count)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values, nil
}

// Pack names the pieces of a flat parameter vector, under a prefix.
func (l *Layout) Pack(w *Weights, prefix string, flat []float32) {
	for _, s := range l.Specs {
		w.Tensors[prefix+s.Name] = WeightTensor{Dims: s.Dims, Values: flat[s.Offset : s.Offset+s.Size()]}
	}
}

// Unpack is the inverse of Pack; every parameter must be there in its shape.
func (l *Layout) Unpack(w *Weights, prefix string) ([]float32, error) {
	flat := make([]float32, l.size)
	for _, s := range l.Specs {
		t, ok := w.Tensors[prefix+s.Name]
		if !ok {
			return nil, fmt.Errorf("tensor %q is missing: these are the weights of another network", prefix+s.Name)
		}
		if len(t.Values) != s.Size() || fmt.Sprint(t.Dims) != fmt.Sprint(s.Dims) {
			return nil, fmt.Errorf("tensor %q has shape %v, %v is expected: these are the weights of another network", prefix+s.Name, t.Dims, s.Dims)
		}
		copy(flat[s.Offset:], t.Values)
	}
	return flat, nil
}
