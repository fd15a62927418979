package image

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/task/image/picture"
)

// The U-Net (Ronneberger et al. 2015; Ho et al. 2020): residual blocks of convolutions at 16, 8 and 4 pixels along a side, with skips, attention to
// the picture and the caption's words at the two coarser levels. Pixels enter and leave in blocks of 2x2, for at full resolution a convolution
// costs most and learns least.
const unetBlock = 2

// unetWidths are the levels' features in units of Hidden, finest first.
var unetWidths = []float64{1, 2, 2.5}

func (n *Network) width(level int) int {
	return int(unetWidths[level]*float64(n.Hidden)) / n.Heads * n.Heads
}

// encode runs the levels downwards; skips are the outputs of every block.
func (n *Network) encode(s *nn.Scope, f frame) (h *graph.Node, skips []*graph.Node) {
	h = nn.Convolve(s, "pixels", blocks(f.x), n.width(0), 1, 1)
	skips = append(skips, h)
	for level := range unetWidths {
		if level > 0 {
			h = nn.Convolve(s, fmt.Sprintf("down%d", level), h, n.width(level), 2, 1)
			skips = append(skips, h)
		}
		for b := range n.Layers {
			h = n.block(s.In(fmt.Sprintf("down%d.%d", level, b)), h, level, f)
			skips = append(skips, h)
		}
	}
	return h, skips
}

func (n *Network) unet(s *nn.Scope, f frame) *graph.Node {
	h, skips := n.encode(s, f)
	for level := len(unetWidths) - 1; level >= 0; level-- {
		for b := range n.Layers + 1 {
			last := len(skips) - 1
			h = graph.Concatenate([]*graph.Node{h, skips[last]}, -1)
			skips = skips[:last]
			h = n.block(s.In(fmt.Sprintf("up%d.%d", level, b)), h, level, f)
		}
		if level > 0 {
			h = nn.Convolve(s, fmt.Sprintf("up%d", level), double(h), n.width(level-1), 1, 1)
		}
	}
	h = nn.SiLU(modulateAll(s, "out.norm", h, f.time))
	return unblock(nn.Convolve(s, "out", h, unetBlock*unetBlock*3, 1, 0.1))
}

// blocks are the pixels of x [batch, Side, Side, 3] with those of a block side by side and the batch behind the places, as [nn.Convolve] has it: [side, side, batch, 12].
func blocks(x *graph.Node) *graph.Node {
	const side = picture.Side / unetBlock
	v := graph.TransposeAllAxes(graph.Reshape(x, -1, side, unetBlock, side, unetBlock, 3), 1, 3, 0, 2, 4, 5)
	return graph.Reshape(v, side, side, -1, unetBlock*unetBlock*3)
}

// unblock is the inverse of blocks.
func unblock(v *graph.Node) *graph.Node {
	const side = picture.Side / unetBlock
	x := graph.TransposeAllAxes(graph.Reshape(v, side, side, -1, unetBlock, unetBlock, 3), 2, 0, 3, 1, 4, 5)
	return graph.Reshape(x, -1, picture.Side, picture.Side, 3)
}

// unetFeatures are what the critic reads: the mean of the coarsest level [batch, width].
func (n *Network) unetFeatures(s *nn.Scope, f frame) *graph.Node {
	h, _ := n.encode(s, f)
	return graph.ReduceMean(nn.LayerNorm(s, "value.norm", h), 0, 1)
}

// block is a residual block, below the finest level with what the caption has at each place, and attention.
func (n *Network) block(s *nn.Scope, x *graph.Node, level int, f frame) *graph.Node {
	c := n.width(level)
	h := nn.Convolve(s, "conv1", nn.SiLU(norm(s, "norm1", x)), c, 1, 1)
	h = nn.Convolve(s, "conv2", nn.SiLU(modulateAll(s, "norm2", h, f.time)), c, 1, 0.5)
	if x.Shape().Dim(-1) != c {
		x = nn.LinearNoBias(s, "skip", x, c, 1)
	}
	h = graph.Add(x, h)
	if level == 0 {
		return h
	}
	dims := h.Shape().Dimensions
	places := dims[0] * dims[1]
	each := func(v *graph.Node) *graph.Node { return graph.Reshape(graph.TransposeAllAxes(v, 1, 0, 2), dims...) } // of [batch, places, c]
	h = graph.Add(h, each(layout(s.In("layout"), places, c, f, n.Heads)))
	u := graph.TransposeAllAxes(graph.Reshape(nn.LayerNorm(s, "norm3", h), places, dims[2], c), 1, 0, 2)
	keys := graph.Concatenate([]*graph.Node{u, nn.Linear(s, "text", f.text, c)}, 1)
	return graph.Add(h, each(nn.Attend(s, u, keys, f.keyMask(places), n.Heads)))
}

// layout is what the caption has at each of so many places of a picture [batch, places, c], by attention of the places to the words: the picture itself, which is all noise when it
// is decided what lies where, is not asked.
func layout(s *nn.Scope, places, c int, f frame, heads int) *graph.Node {
	at := graph.ExpandLeftToRank(s.Param("places", 1, 0, places, c), 3)
	level := graph.Reshape(nn.LinearNoBias(s, "time", f.time, c, 1), -1, 1, c)
	return nn.Attend(s, graph.Add(at, level), f.text, f.textMask, heads)
}

// double repeats every place of x [h, w, batch, c] in both directions.
func double(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	v := graph.BroadcastToDims(graph.Reshape(x, d[0], 1, d[1], 1, d[2], d[3]), d[0], 2, d[1], 2, d[2], d[3])
	return graph.Reshape(v, 2*d[0], 2*d[1], d[2], d[3])
}

// standardiseAll gives the features of each picture of x [h, w, batch, c], over all places together, zero mean and unit variance (group norm of one group, Wu & He 2018): one
// place's strength beside another's stays, which a norm place by place would take away. What comes is [h, w, batch * c], and what stands beside it is [1, 1, batch * c]: so
// XLA reads all of it in the order in which it lies.
func standardiseAll(x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	places, batch, c := dims[0]*dims[1], dims[2], dims[3]
	g, dtype := x.Graph(), x.DType()
	mean := func(v *graph.Node) *graph.Node { // of each picture, repeated for its features
		sums := graph.Dot(graph.Ones(g, shapes.Make(dtype, 1, places)), graph.Reshape(v, places, batch*c))
		all := graph.DivScalar(graph.Ones(g, shapes.Make(dtype, c, c)), float64(places*c))
		return graph.Reshape(graph.Dot(graph.Reshape(sums, batch, c), all), 1, 1, batch*c)
	}
	x = graph.Reshape(x, dims[0], dims[1], batch*c)
	centred := graph.Sub(x, mean(x))
	return graph.Div(centred, graph.Sqrt(graph.AddScalar(mean(graph.Square(centred)), 1e-5)))
}

// norm is standardiseAll of x [h, w, batch, c] with a learned gain and shift of each feature.
func norm(s *nn.Scope, name string, x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	beside := func(part string, initial float64) *graph.Node {
		return graph.Reshape(nn.Rows(s.Param(name+part, 0, initial, dims[3]), dims[2]), 1, 1, -1)
	}
	return graph.Reshape(graph.Add(graph.Mul(standardiseAll(x), beside(".gain", 1)), beside(".b", 0)), dims...)
}

// modulateAll is standardiseAll of x [h, w, batch, c] with a gain and a shift that depend on time [batch, timeHidden]: adaptive norm, as modulate's.
func modulateAll(s *nn.Scope, name string, x, time *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	batch, c := dims[2], dims[3]
	weights := s.Param(name+".w", 0.1/math.Sqrt(timeHidden), 0, timeHidden, 2*c)
	weights = graph.Concatenate([]*graph.Node{weights, graph.Reshape(s.Param(name+".b", 0, 0, 2*c), 1, -1)}, 0)
	time = graph.Concatenate([]*graph.Node{time, graph.Ones(x.Graph(), shapes.Make(x.DType(), batch, 1))}, 1)
	beside := func(i int) *graph.Node {
		return graph.Reshape(graph.Dot(time, graph.SliceAxis(weights, 1, graph.AxisRange(i*c, (i+1)*c))), 1, 1, -1)
	}
	return graph.Reshape(graph.Add(graph.Mul(standardiseAll(x), graph.OnePlus(beside(0))), beside(1)), dims...)
}
