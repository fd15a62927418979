package scene

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"keel/task/image/caption"
	"keel/task/image/picture"
)

// TestCheckerAgreesWithDrawings: what the drawing code draws is right, and wrong for the caption with one word changed.
func TestCheckerAgreesWithDrawings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, picture.Dims)
	const n = 300
	wrong := 0
	for range n {
		s := Random(rng, []Kind{Trained, HeldPair, HeldObject}[rng.IntN(3)])
		s.Draw(rng, x)
		for i := range x { // what a sampler leaves behind
			x[i] += float32(0.03 * rng.NormFloat64())
		}
		if v := s.Check(x); !v.Right() {
			wrong++
			t.Logf("%s: %+v, seen %+v", s, v, See(x))
		}
		other := Scene{Objects: append([]Object(nil), s.Objects...), Relation: s.Relation}
		switch o := &other.Objects[rng.IntN(len(other.Objects))]; rng.IntN(3) {
		case 0:
			o.Colour = another(rng, Colours, o.Colour)
		case 1:
			o.Shape = another(rng, Shapes, o.Shape)
		default:
			if s.Relation == "" {
				continue
			}
			other.Relation = another(rng, Relations, s.Relation)
		}
		if v := other.Check(x); v.Right() {
			t.Errorf("a picture of %q passes for %q", s, other)
		}
	}
	if wrong > n/100 {
		t.Errorf("%d of %d drawings are not seen for what they are", wrong, n)
	}
}

func another(rng *rand.Rand, list []string, but string) string {
	for {
		if s := list[rng.IntN(len(list))]; s != but {
			return s
		}
	}
}

func TestParseIsTheInverseOfItsCaption(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Trained, HeldPair, HeldObject}).Draw(t, "kind")
		s := Random(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), kind)
		c, err := caption.Parse(s.String())
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Parse(c)
		if !ok || got.String() != s.String() || got.Kind() != kind {
			t.Fatalf("%q is read as %q (%v, %s), expected %s", s, got, ok, got.Kind(), kind)
		}
	})
	for _, text := range []string{"red heart", "a red circle beside a blue square", "a red circle left of", "a red circle above a red circle", "red"} {
		c, err := caption.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := Parse(c); ok {
			t.Errorf("%q is read as the scene %q", text, s)
		}
	}
}

// TestHeldScenesStayHeldMirrored: a held-out picture is held out however it is put into words.
func TestHeldScenesStayHeldMirrored(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	turn := map[string]string{"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
	counts := map[Kind]int{}
	for range 2000 {
		s := Random(rng, []Kind{Trained, HeldPair, HeldObject}[rng.IntN(3)])
		if s.Relation == "" {
			continue
		}
		m := Scene{Objects: []Object{s.Objects[1], s.Objects[0]}, Relation: turn[s.Relation]}
		if m.Kind() != s.Kind() {
			t.Fatalf("%q is %s, %q is %s", s, s.Kind(), m, m.Kind())
		}
		counts[s.Kind()]++
	}
	if len(counts) != 3 {
		t.Errorf("kinds %v", counts)
	}
}
