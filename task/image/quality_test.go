package image

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keel/task/image/examples"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

// TestFrechet: sets whose moments are known. Points ±s along each axis have the covariance diag(2 s²/(n-1)), so that the distance is a sum over the axes.
func TestFrechet(t *testing.T) {
	cloud := func(shift []float32, scale ...float32) (list [][]float32) {
		for k, s := range scale {
			for _, sign := range []float32{-1, 1} {
				v := slices.Clone(shift)
				v[k] += sign * s
				list = append(list, v)
			}
		}
		return list
	}
	a := cloud([]float32{0, 0, 0}, 1, 2, 3)
	b := cloud([]float32{1, 0, -2}, 2, 2, 1)
	var want float64 = 1 + 4
	for k, s := range []float64{1, 2, 3} {
		d := (s - []float64{2, 2, 1}[k]) * math.Sqrt(2./5)
		want += d * d
	}
	if got, err := Frechet(a, b); err != nil || math.Abs(float64(got)-want) > 1e-9 {
		t.Errorf("%v, %v; expected %v", got, err, want)
	}
	// Turned by the same rotation, sets are as far apart as before, though their covariances are no longer diagonal.
	turn := func(list [][]float32) (out [][]float32) {
		for _, v := range list {
			out = append(out, []float32{0.6*v[0] - 0.8*v[1], 0.8*v[0] + 0.6*v[1], v[2]})
		}
		return out
	}
	if got, err := Frechet(turn(a), turn(b)); err != nil || math.Abs(float64(got)-want) > 1e-5 {
		t.Errorf("turned: %v, %v; expected %v", got, err, want)
	}
	if got, err := Frechet(a, a); err != nil || math.Abs(float64(got)) > 1e-9 {
		t.Errorf("from itself: %v, %v", got, err)
	}
}

// TestVariety: the distance of black and white is 2, values beyond the range do not count, and groups weigh alike.
func TestVariety(t *testing.T) {
	shade := func(v float32) []float32 { return slices.Repeat([]float32{v}, picture.Dims) }
	if got := Variety([][]float32{shade(-1), shade(5)}, []int{0, 0}); math.Abs(got-2) > 1e-6 {
		t.Errorf("black and white: %v", got)
	}
	two := Variety([][]float32{shade(-1), shade(1), shade(0), shade(0), shade(0), shade(0.5)}, []int{3, 3, 1, 1, 1, 2})
	if math.Abs(two-1) > 1e-6 {
		t.Errorf("groups of distance 2 and 0: %v", two)
	}
	if got := Variety([][]float32{shade(0)}, []int{0}); !math.IsNaN(got) {
		t.Errorf("of one picture: %v", got)
	}
}

// TestCheckScenes: drawings are right, and white paper is not.
func TestCheckScenes(t *testing.T) {
	list, err := examples.Scenes(rand.New(rand.NewPCG(1, 2)), scene.Trained, 40)
	if err != nil {
		t.Fatal(err)
	}
	pictures := picturesOf(list)
	if f := checkScenes(pictures, list); f.Right < 0.97 || f.Colours < 0.97 || f.Shapes < 0.97 || f.Place < 0.97 {
		t.Errorf("drawings: %+v", f)
	}
	for i := range pictures {
		pictures[i] = slices.Repeat([]float32{1}, picture.Dims)
	}
	if f := checkScenes(pictures, list); f.Right != 0 || f.Colours != 0 {
		t.Errorf("white paper: %+v", f)
	}
}

// TestNumber: what is missing is null, and back.
func TestNumber(t *testing.T) {
	text, err := json.Marshal([]Number{1.5, Number(math.NaN()), Number(math.Inf(1))})
	if err != nil || string(text) != "[1.5,null,null]" {
		t.Fatalf("%s, %v", text, err)
	}
	var back []Number
	if err := json.Unmarshal(text, &back); err != nil || back[0] != 1.5 || !math.IsNaN(float64(back[1])) {
		t.Errorf("%v, %v", back, err)
	}
}
