// Package align is a dual encoder of pictures and captions: two networks whose features of a picture and of its caption agree
// (Radford et al. 2021). It judges how well a picture shows what a caption says.
package align

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/task/image/caption"
	"keel/task/image/picture"
)

// Network is the shape of both encoders.
type Network struct {
	Width    int `toml:"width" json:"width"`       // features of the picture encoder's first level
	Text     int `toml:"text" json:"text"`         // features of a word
	Features int `toml:"features" json:"features"` // that pictures and captions share
}

// DefaultNetwork is the shipped encoder's shape.
func DefaultNetwork() Network { return Network{Width: 32, Text: 128, Features: 128} }

// Check says what is wrong with the shape.
func (n *Network) Check() error {
	if n.Width < 4 || n.Features < 2 || n.Text < caption.Heads || n.Text%caption.Heads != 0 {
		return fmt.Errorf("[network] width = %d, text = %d, features = %d: expected at least 4, a multiple of %d, and 2", n.Width, n.Text, n.Features, caption.Heads)
	}
	return nil
}

// block is the side of the squares of pixels that the first convolution sees as one.
const block = 2

// Picture builds the features [batch, Features], of length 1, of pictures x [batch, picture.Dims].
func (n *Network) Picture(s *nn.Scope, x *graph.Node) *graph.Node {
	const side = picture.Side / block
	v := graph.TransposeAllAxes(graph.Reshape(x, -1, side, block, side, block, 3), 1, 3, 0, 2, 4, 5)
	h := graph.Reshape(v, side, side, -1, block*block*3)
	for l, level := range []struct{ width, stride int }{{1, 1}, {2, 2}, {3, 1}, {4, 2}, {4, 1}} {
		h = nn.Convolve(s, fmt.Sprintf("conv%d", l), h, level.width*n.Width, level.stride, 1.4)
		h = nn.SiLU(nn.LayerNorm(s, fmt.Sprintf("norm%d", l), h))
	}
	// Where things are counts as much as what they are: the last level is read place by place.
	flat := graph.Reshape(graph.TransposeAllAxes(h, 2, 0, 1, 3), h.Shape().Dim(2), -1)
	return unit(nn.Linear(s, "out", nn.SiLU(nn.Linear(s, "hidden", flat, 2*n.Features)), n.Features))
}

// Caption builds the features [batch, Features], of length 1, of captions [batch, caption.Size].
func (n *Network) Caption(s *nn.Scope, words *graph.Node) *graph.Node {
	_, _, gist := caption.Encode(s, words, words.Shape().Dim(0), n.Text, false)
	return unit(nn.Linear(s, "out", nn.SiLU(nn.Linear(s, "hidden", gist, 2*n.Features)), n.Features))
}

// unit scales the last axis to length 1.
func unit(x *graph.Node) *graph.Node {
	return graph.Div(x, graph.Sqrt(graph.AddScalar(graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, -1), 1e-8)))
}

const (
	startScale = 10.0 // of agreements, before training
	mostScale  = 60.0
)

// Loss builds the cross-entropy of each picture among the batch's captions, and of each caption among its pictures. Its conditions are the
// captions [batch, caption.Size] and a number for each text [batch, 1]: pictures of one text are all right. Of the states it sees the clean ones.
func (n *Network) Loss(s *nn.Scope, x0, _, _ *graph.Node, cond []*graph.Node) (*graph.Node, []*graph.Node) {
	pictures, captions := n.Picture(s.In("picture"), x0), n.Caption(s.In("caption"), cond[0])
	scale := graph.ClipScalar(graph.Exp(s.Param("scale", 0, math.Log(startScale))), 1, mostScale)
	logits := graph.Mul(graph.Dot(pictures, graph.Transpose(captions, 0, 1)), graph.Reshape(scale, 1, 1))
	same := graph.ConvertDType(graph.Equal(cond[1], graph.Transpose(cond[1], 0, 1)), logits.DType())
	target := graph.Div(same, graph.ReduceAndKeep(same, graph.ReduceSum, -1))
	entropy := func(logits *graph.Node) *graph.Node {
		return graph.Neg(graph.ReduceSum(graph.Mul(graph.LogSoftmax(logits, -1), target), -1))
	}
	loss := graph.MulScalar(graph.Add(entropy(logits), entropy(graph.Transpose(logits, 0, 1))), 0.5)
	best := graph.ReduceAndKeep(logits, graph.ReduceMax, -1)
	found := graph.ReduceMax(graph.Mul(same, graph.ConvertDType(graph.GreaterOrEqual(logits, best), logits.DType())), -1)
	return loss, []*graph.Node{loss, graph.StopGradient(found)}
}

// LossTerms names the parts that Loss gives: the cross-entropy, and the share of pictures whose own caption agrees most with them, of all in the batch.
func (n *Network) LossTerms() []string { return []string{"contrast", "retrieved"} }

// Declare learns the network's parameters.
func (n *Network) Declare(e *nn.Engine) (*nn.Layout, error) {
	return e.Declare(func(s *nn.Scope, g *graph.Graph) {
		input := func(name string, dims ...int) *graph.Node {
			return graph.Parameter(g, "input:"+name, shapes.Make(dtypes.Float32, dims...))
		}
		n.Loss(s, input("x", 1, picture.Dims), nil, nil, []*graph.Node{input("words", 1, caption.Size), input("text", 1, 1)})
	})
}
