// Package scene draws pictures of coloured shapes with captions that say which and where, holds some out, and checks pictures against captions.
package scene

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"keel/task/image/caption"
)

// Object is one thing in a scene.
type Object struct {
	Colour string // of Colours
	Shape  string // of Shapes
}

func (o Object) String() string { return o.Colour + " " + o.Shape }

// Scene is one object, or two of which the first lies somewhere to the second: "a green triangle left of a yellow star".
type Scene struct {
	Objects  []Object
	Relation string // of Relations; empty for one object
}

// Colours, Shapes and Relations are the words of scenes.
var (
	Colours   = []string{"red", "orange", "yellow", "green", "blue", "purple", "pink", "black"}
	Shapes    = []string{"circle", "square", "triangle", "star", "diamond", "cross"}
	Relations = []string{"left of", "right of", "above", "below"}
)

// HeldObjects are never trained on: each of their colours and shapes is, in other company.
var HeldObjects = []Object{{"purple", "star"}, {"orange", "square"}, {"blue", "triangle"}, {"black", "circle"}, {"pink", "diamond"}, {"green", "cross"}}

// Kind says what of a scene training has seen.
type Kind string

const (
	Trained    Kind = "trained"     // scenes of its kind are trained on
	HeldPair   Kind = "held pair"   // each object is, but never the two in these places
	HeldObject Kind = "held object" // one of its objects is among HeldObjects
)

// heldShare is one in so many pairs of objects in their places that is never trained on.
const heldShare = 10

// Kind tells trained scenes from held-out ones.
func (s Scene) Kind() Kind {
	if slices.ContainsFunc(s.Objects, func(o Object) bool { return slices.Contains(HeldObjects, o) }) {
		return HeldObject
	}
	if len(s.Objects) < 2 {
		return Trained
	}
	h := fnv.New32a()
	h.Write([]byte(s.upright().String()))
	if h.Sum32()%heldShare == 0 {
		return HeldPair
	}
	return Trained
}

// upright is the same picture described with "left of" or "above".
func (s Scene) upright() Scene {
	turned := map[string]string{"right of": "left of", "below": "above"}
	if r, ok := turned[s.Relation]; ok {
		return Scene{Objects: []Object{s.Objects[1], s.Objects[0]}, Relation: r}
	}
	return s
}

// String is the scene's caption.
func (s Scene) String() string {
	text := article(s.Objects[0])
	if len(s.Objects) > 1 {
		text += " " + s.Relation + " " + article(s.Objects[1])
	}
	return text
}

func article(o Object) string {
	if o.Colour[0] == 'o' {
		return "an " + o.String()
	}
	return "a " + o.String()
}

// ParseScene reads a caption as a scene; ok is false where it is none.
func Parse(c caption.Caption) (s Scene, ok bool) {
	rest := slices.DeleteFunc(slices.Clone(c), func(w string) bool { return w == "a" || w == "an" || w == "the" })
	object := func() (o Object, ok bool) {
		if len(rest) < 2 || !slices.Contains(Colours, rest[0]) || !slices.Contains(Shapes, rest[1]) {
			return o, false
		}
		o = Object{rest[0], rest[1]}
		rest = rest[2:]
		return o, true
	}
	first, ok := object()
	if !ok {
		return s, false
	}
	s.Objects = []Object{first}
	if len(rest) == 0 {
		return s, true
	}
	for _, r := range Relations {
		if words := strings.Fields(r); len(rest) >= len(words) && slices.Equal(rest[:len(words)], words) {
			s.Relation, rest = r, rest[len(words):]
			second, ok := object()
			s.Objects = append(s.Objects, second)
			return s, ok && len(rest) == 0 && first != second
		}
	}
	return s, false
}

// Random draws a scene of the kind: a fifth are single objects.
func Random(rng *rand.Rand, kind Kind) Scene {
	for {
		object := func() Object { return Object{Colours[rng.IntN(len(Colours))], Shapes[rng.IntN(len(Shapes))]} }
		s := Scene{Objects: []Object{object()}}
		if rng.IntN(5) > 0 {
			s.Objects, s.Relation = append(s.Objects, object()), Relations[rng.IntN(len(Relations))]
		}
		if len(s.Objects) == 2 && s.Objects[0] == s.Objects[1] {
			continue
		}
		if s.Kind() == kind {
			return s
		}
	}
}
