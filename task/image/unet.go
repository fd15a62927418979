package image

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"

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
	const side = picture.Side / unetBlock
	v := graph.TransposeAllAxes(graph.Reshape(f.x, -1, side, unetBlock, side, unetBlock, 3), 0, 1, 3, 2, 4, 5)
	h = nn.Convolve(s, "pixels", graph.Reshape(v, -1, side, side, unetBlock*unetBlock*3), n.width(0), 1, 1)
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
	const side = picture.Side / unetBlock
	out := nn.Convolve(s, "out", nn.SiLU(modulate(s, "out.norm", standardiseAll(h), f.time)), unetBlock*unetBlock*3, 1, 0.1)
	v := graph.TransposeAllAxes(graph.Reshape(out, -1, side, side, unetBlock, unetBlock, 3), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(v, -1, picture.Side, picture.Side, 3)
}

// unetFeatures are what the critic reads: the mean of the coarsest level [batch, width].
func (n *Network) unetFeatures(s *nn.Scope, f frame) *graph.Node {
	h, _ := n.encode(s, f)
	return graph.ReduceMean(nn.LayerNorm(s, "value.norm", h), 1, 2)
}

// block is a residual block, below the finest level with what the caption has at each place, and attention.
func (n *Network) block(s *nn.Scope, x *graph.Node, level int, f frame) *graph.Node {
	c := n.width(level)
	h := nn.Convolve(s, "conv1", nn.SiLU(norm(s, "norm1", x)), c, 1, 1)
	h = nn.Convolve(s, "conv2", nn.SiLU(modulate(s, "norm2", standardiseAll(h), f.time)), c, 1, 0.5)
	if x.Shape().Dim(-1) != c {
		x = nn.LinearNoBias(s, "skip", x, c, 1)
	}
	h = graph.Add(x, h)
	if level == 0 {
		return h
	}
	dims := h.Shape().Dimensions
	h = graph.Add(h, graph.Reshape(layout(s.In("layout"), dims[1]*dims[2], c, f, n.Heads), dims...))
	u := graph.Reshape(nn.LayerNorm(s, "norm3", h), dims[0], -1, c)
	keys := graph.Concatenate([]*graph.Node{u, nn.Linear(s, "text", f.text, c)}, 1)
	return graph.Add(h, graph.Reshape(nn.Attend(s, u, keys, f.keyMask(u.Shape().Dim(1)), n.Heads), dims...))
}

// layout is what the caption has at each of so many places of a picture [batch, places, c], by attention of the places to the words: the picture itself, which is all noise when it
// is decided what lies where, is not asked.
func layout(s *nn.Scope, places, c int, f frame, heads int) *graph.Node {
	at := graph.ExpandLeftToRank(s.Param("places", 1, 0, places, c), 3)
	level := graph.Reshape(nn.LinearNoBias(s, "time", f.time, c, 1), -1, 1, c)
	return nn.Attend(s, graph.Add(at, level), f.text, f.textMask, heads)
}

// double repeats every pixel of x [batch, h, w, c] in both directions.
func double(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	v := graph.BroadcastToDims(graph.Reshape(x, d[0], d[1], 1, d[2], 1, d[3]), d[0], d[1], 2, d[2], 2, d[3])
	return graph.Reshape(v, d[0], 2*d[1], 2*d[2], d[3])
}

// standardiseAll gives each picture's features, over all places together, zero mean and unit variance (group norm of one group, Wu & He 2018): one place's
// strength beside another's stays, which a norm place by place would take away.
func standardiseAll(x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	return graph.Reshape(nn.Standardise(graph.Reshape(x, dims[0], -1)), dims...)
}

// norm is standardiseAll with a learned gain and shift of each feature.
func norm(s *nn.Scope, name string, x *graph.Node) *graph.Node {
	gain := graph.ExpandLeftToRank(s.Param(name+".gain", 0, 1, x.Shape().Dim(-1)), x.Rank())
	return nn.AddBias(s, name, graph.Mul(standardiseAll(x), gain))
}
