package nn

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const golden = "testdata/golden.safetensors" // written by testdata/golden.py

func TestGoldenWeights(t *testing.T) {
	got, err := ReadWeights(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := &Weights{
		Metadata: map[string]string{"format": "golden-1", "note": "α ≠ σ"},
		Tensors: map[string]WeightTensor{
			"b.weight": {Dims: []int{2, 3}, Values: []float32{1, -2.5, 3, 4e-30, float32(math.Copysign(0, -1)), 6e30}},
			"a":        {Dims: []int{4}, Values: []float32{0, 1. / 3, 2. / 3, 1}},
			"scalar":   {Dims: []int{}, Values: []float32{7.25}},
			"empty":    {Dims: []int{0, 3}, Values: []float32{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the reference implementation's file reads differently (-want +got):\n%s", diff)
	}
	var again bytes.Buffer
	if err := got.Write(&again); err != nil {
		t.Fatal(err)
	}
	reread, err := ParseWeights(&again, int64(again.Len()))
	if err != nil || cmp.Diff(want, reread) != "" {
		t.Errorf("written and read again it differs: %v", err)
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &Weights{Metadata: rapid.MapOf(rapid.StringN(0, 8, -1).Filter(isUTF8), rapid.StringN(0, 8, -1).Filter(isUTF8)).Draw(t, "metadata"), Tensors: map[string]WeightTensor{}}
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_."\\ é]{0,6}`), 0, 5, rapid.ID).Draw(t, "names")
		for _, name := range names {
			dims := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "dims")
			size := 1
			for _, d := range dims {
				size *= d
			}
			w.Tensors[name] = WeightTensor{Dims: dims, Values: rapid.SliceOfN(rapid.Float32(), size, size).Draw(t, "values")}
		}
		var a, b bytes.Buffer
		if err := w.Write(&a); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&b); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("equal weights give different files: %v", err)
		}
		got, err := ParseWeights(bytes.NewReader(a.Bytes()), int64(a.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}

func isUTF8(s string) bool { return s == strings.ToValidUTF8(s, "") }

// file puts a header and data into the format.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestTruncatedWeights(t *testing.T) {
	whole, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		path := filepath.Join(t.TempDir(), "cut.safetensors")
		if cut%16 != 0 && cut < len(whole)-1 {
			_, err = ParseWeights(bytes.NewReader(whole[:cut]), int64(cut))
		} else {
			if err := os.WriteFile(path, whole[:cut], 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err = ReadWeights(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("cut to %d bytes: the error does not name the file: %v", cut, err)
			}
		}
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("cut to %d bytes: expected one line that says so, got %v", cut, err)
		}
	}
}

func TestBrokenWeights(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want string
	}{
		{file(`{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 4), "F32 is expected"},
		{file(`{"x":{"dtype":"F\n16","shape":[2],"data_offsets":[0,4]}}`, 4), "F32 is expected"},
		{file(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "does not fit"},
		{file(`{"x":{"dtype":"F32","shape":[4000000000,4000000000],"data_offsets":[0,4]}}`, 4), "does not fit"},
		{file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "place"},
		{file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 8), "place"},
		{file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8), "4 bytes"},
		{file(`{"x":5}`, 0), `tensor "x"`},
		{file(`{"__metadata__":{"a":5}}`, 0), "metadata"},
		{file(`[]`, 0), "no safetensors file"},
		{binary.LittleEndian.AppendUint64(nil, 1<<63), "no safetensors file"},
		{[]byte("PK\x03\x04 a zip archive, say"), "no safetensors file"},
	} {
		_, err := ParseWeights(bytes.NewReader(c.data), int64(len(c.data)))
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: expected one line with %q, got %v", c.data, c.want, err)
		}
	}
}

// TestEmptyTensorsInAnyOrder: a tensor without values shares its place with the one behind it, whatever their names.
func TestEmptyTensorsInAnyOrder(t *testing.T) {
	data := file(`{"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)
	if w, err := ParseWeights(bytes.NewReader(data), int64(len(data))); err != nil || len(w.Tensors) != 2 {
		t.Errorf("%v", err)
	}
}

// FuzzParseWeights: no panic, errors of one line, and never more values than the file has room for.
func FuzzParseWeights(f *testing.F) {
	whole, err := os.ReadFile(golden)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(file(`{"x":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}`, 4))
	f.Add(file(`{"x":{"dtype":"F32","shape":null,"data_offsets":[0,4]},"__metadata__":null}`, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ParseWeights(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		values := 0
		for name, x := range w.Tensors {
			values += len(x.Values)
			if size := (Spec{Dims: x.Dims}).Size(); size != len(x.Values) {
				t.Errorf("%q: shape %v with %d values", name, x.Dims, len(x.Values))
			}
		}
		if 4*values > len(data) {
			t.Errorf("%d values from %d bytes", values, len(data))
		}
	})
}
