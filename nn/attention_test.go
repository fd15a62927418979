package nn

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestAttend: attention with a mask is the softmax over the keys that are there, by the definition.
func TestAttend(t *testing.T) {
	const b, rows, keys, c, k, heads = 2, 3, 4, 6, 5, 2
	x, from := randoms(51, b*rows*c), randoms(52, b*keys*k)
	mask := []float32{1, 1, 0, 1, 1, 0, 0, 0}
	build := func(s *Scope, x, from, mask *Node) *Node { return Attend(s, x, from, mask, heads) }
	layout, err := engine(t).Declare(func(s *Scope, g *graph.Graph) {
		input := func(name string, dims ...int) *Node {
			return graph.Parameter(g, name, shapes.Make(dtypes.Float32, dims...))
		}
		build(s, input("x", b, rows, c), input("from", b, keys, k), input("mask", b, keys))
	})
	if err != nil {
		t.Fatal(err)
	}
	p := randoms(53, layout.Size())
	got := run(t, func(in []*Node) []*Node { return []*Node{build(NewScope(layout, in[0]), in[1], in[2], in[3])} },
		FromFloats(p, len(p)), FromFloats(x, b, rows, c), FromFloats(from, b, keys, k), FromFloats(mask, b, keys))[0]

	weight := func(name string, i, j int) float64 {
		s, ok := layout.Find(name + ".w")
		if !ok {
			t.Fatalf("no parameter %s", name)
		}
		return float64(p[s.Offset+i*s.Dims[1]+j])
	}
	project := func(name string, v []float32, j int) (sum float64) {
		for i, value := range v {
			sum += float64(value) * weight(name, i, j)
		}
		return sum
	}
	const size = c / heads
	want := make([]float32, b*rows*c)
	for n := range b * rows {
		row, batch := x[n*c:(n+1)*c], n/rows
		var attended [c]float64
		for h := range heads {
			var total float64
			for m := range keys {
				if mask[batch*keys+m] == 0 {
					continue
				}
				key := from[(batch*keys+m)*k : (batch*keys+m+1)*k]
				var logit float64
				for j := h * size; j < (h+1)*size; j++ {
					logit += project("query", row, j) * project("key", key, j)
				}
				e := math.Exp(logit / math.Sqrt(size))
				total += e
				for j := h * size; j < (h+1)*size; j++ {
					attended[j] += e * project("value", key, j)
				}
			}
			for j := h * size; j < (h+1)*size; j++ {
				attended[j] /= total
			}
		}
		for j := range c {
			for i, v := range attended {
				want[n*c+j] += float32(v * weight("attended", i, j))
			}
		}
	}
	compare(t, "attention", got, want, 1e-4)
}

func TestStandardise(t *testing.T) {
	const rows, n = 5, 7
	x := randoms(54, rows*n)
	got := run(t, func(in []*Node) []*Node { return []*Node{Standardise(in[0])} }, FromFloats(x, rows, n))[0]
	for r := range rows {
		var mean, square float64
		for _, v := range got[r*n : (r+1)*n] {
			mean += float64(v) / n
			square += float64(v) * float64(v) / n
		}
		if math.Abs(mean) > 1e-5 || math.Abs(square-1) > 1e-3 {
			t.Errorf("row %d has mean %v and mean square %v, expected 0 and 1", r, mean, square)
		}
	}
}
