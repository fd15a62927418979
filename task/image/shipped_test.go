package image

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"keel/task/image/align"
	"keel/task/image/examples"
	"keel/task/image/scene"
)

// TestShipped: the shipped weights fit the code, and draw what captions say far better than chance: the checker by colours, of which there are eight, and the
// shipped encoder by finding the caption among 32.
func TestShipped(t *testing.T) {
	e := engine(t)
	model, err := ReadModel(e, "../../weights/image.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := align.Read(e, "../../weights/image-encoder.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	list, err := examples.Scenes(rand.New(rand.NewPCG(5, 6)), scene.Trained, 32)
	if err != nil {
		t.Fatal(err)
	}
	sampler, err := NewSampler(e, model, DefaultGuidance, 20)
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := sampler.Draw(context.Background(), model.Params, captionsOf(list), 1, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if f := checkScenes(pictures, list); f.Colours < 0.9 || f.Shapes < 0.8 || f.Place < 0.9 {
		t.Errorf("scenes: %+v", f)
	}
	j, q := &Judge{Encoder: encoder}, &Quality{Retrieval: map[string]Number{}, Real: map[string]Number{}}
	if err := j.retrieve(q, "scenes", pictures, list); err != nil {
		t.Fatal(err)
	}
	t.Logf("retrieved %.2f, the data's own %.2f", q.Retrieval["scenes"], q.Real["scenes"])
	if q.Retrieval["scenes"] < 0.4 || q.Real["scenes"] < 0.8 {
		t.Errorf("retrieved %v, the data's own %v: expected at least 0.4 and 0.8", q.Retrieval["scenes"], q.Real["scenes"])
	}
}
