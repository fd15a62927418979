package reward

import (
	"context"
	"fmt"
	"math"

	"keel/task/image/caption"
	"keel/task/image/scene"
)

// scenes checks pictures of scenes against their captions.
type scenes struct{}

func newScenes(context.Context, Config, Env) (metric, error) { return scenes{}, nil }

// checkScenes refuses prompts that are no scenes.
func checkScenes(_ Config, captions []caption.Caption) error {
	for _, c := range captions {
		if _, ok := scene.Parse(c); !ok {
			return fmt.Errorf("prompt %q is no scene: expected such as \"a green triangle left of a yellow star\", of the colours %v, shapes %v and places %v",
				c, scene.Colours, scene.Shapes, scene.Relations)
		}
	}
	return nil
}

func (scenes) values(_ context.Context, pictures [][]float32, captions []caption.Caption) ([]float64, error) {
	out := make([]float64, len(pictures))
	for i, x := range pictures {
		s, ok := scene.Parse(captions[i])
		if !ok {
			out[i] = math.NaN()
			continue
		}
		out[i] = s.Check(x).Share()
	}
	return out, nil
}
