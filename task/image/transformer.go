package image

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/task/image/picture"
)

// The transformer: patches of the picture as tokens (Dosovitskiy et al. 2021), which look at each other and at the caption's words in one
// attention, adaptive layer norms (Peebles & Xie 2023), and skips from each layer of the first half to its counterpart in the
// second (Bao et al. 2023).
const (
	patch        = 4 // pixels along a side
	grid         = picture.Side / patch
	criticLayers = 3
)

func layerName(l int) string { return fmt.Sprintf("layer%d", l) }

// patches cuts x [batch, Side, Side, 3] into [batch, grid², patch² 3].
func patches(x *graph.Node) *graph.Node {
	v := graph.TransposeAllAxes(graph.Reshape(x, -1, grid, patch, grid, patch, 3), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(v, -1, grid*grid, patch*patch*3)
}

// unpatch is the inverse of patches.
func unpatch(v *graph.Node) *graph.Node {
	x := graph.TransposeAllAxes(graph.Reshape(v, -1, grid, grid, patch, patch, 3), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(x, -1, picture.Side, picture.Side, 3)
}

// tokens are the picture's, before the first layer [batch, grid², Hidden].
func (n *Network) tokens(s *nn.Scope, f frame) *graph.Node {
	h := nn.Linear(s, "patches", patches(f.x), n.Hidden)
	return graph.Add(h, graph.ExpandLeftToRank(s.Param("place", 0.5, 0, grid*grid, n.Hidden), 3))
}

func (n *Network) transformer(s *nn.Scope, f frame) *graph.Node {
	h := n.tokens(s, f)
	mask := f.keyMask(grid * grid)
	var earlier []*graph.Node
	for l := range n.Layers {
		layer := s.In(layerName(l))
		if l >= (n.Layers+1)/2 {
			last := len(earlier) - 1
			h = graph.Add(h, nn.LinearNoBias(layer, "skip", nn.Standardise(earlier[last]), n.Hidden, 0.5))
			earlier = earlier[:last]
		}
		h = n.layer(layer, h, mask, f)
		if l < n.Layers/2 {
			earlier = append(earlier, h)
		}
	}
	return unpatch(nn.LinearNoBias(s, "pixels", modulate(s, "pixels.norm", nn.Standardise(h), f.time), patch*patch*3, 0.1))
}

// transformerFeatures are what the critic reads: the mean token after the first layers [batch, Hidden].
func (n *Network) transformerFeatures(s *nn.Scope, f frame) *graph.Node {
	h := n.tokens(s, f)
	mask := f.keyMask(grid * grid)
	for l := range min(criticLayers, n.Layers) {
		h = n.layer(s.In(layerName(l)), h, mask, f)
	}
	return graph.ReduceMean(nn.LayerNorm(s, "value.norm", h), 1)
}

// keyMask lets attention look at all of so many places in the picture, and at the words that are there: [batch, places+1+Words].
func (f frame) keyMask(places int) *graph.Node {
	return graph.Concatenate([]*graph.Node{graph.Ones(f.textMask.Graph(), shapes.Make(f.textMask.DType(), f.textMask.Shape().Dim(0), places)), f.textMask}, 1)
}

// layer is one block on tokens h [batch, grid², Hidden].
func (n *Network) layer(s *nn.Scope, h, mask *graph.Node, f frame) *graph.Node {
	u := modulate(s, "norm1", nn.Standardise(h), f.time)
	keys := graph.Concatenate([]*graph.Node{u, nn.Linear(s, "text", f.text, n.Hidden)}, 1)
	h = graph.Add(h, nn.Attend(s, u, keys, mask, n.Heads))
	u = nn.SiLU(nn.Linear(s, "mlp.in", modulate(s, "norm2", nn.Standardise(h), f.time), 4*n.Hidden))
	return graph.Add(h, nn.LinearNoBias(s, "mlp.out", u, n.Hidden, 0.5))
}

// modulate is a standardised x [batch, ..., c] with a gain and a shift that depend on f.time: adaptive norm (Peebles & Xie 2023).
func modulate(s *nn.Scope, name string, x, time *graph.Node) *graph.Node {
	c := x.Shape().Dim(-1)
	both := nn.AddBias(s, name, nn.LinearNoBias(s, name, time, 2*c, 0.1))
	part := func(i int) *graph.Node {
		dims := []int{x.Shape().Dim(0)}
		for range x.Rank() - 2 {
			dims = append(dims, 1)
		}
		return graph.Reshape(graph.SliceAxis(both, -1, graph.AxisRange(i*c, (i+1)*c)), append(dims, c)...)
	}
	return graph.Add(graph.Mul(x, graph.OnePlus(part(0))), part(1))
}
