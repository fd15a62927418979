// Package image is the text-to-image task: a denoiser of small pictures that reads captions, its pre-training, sampling and tuning.
package image

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/sde"
	"keel/task/image/caption"
	"keel/task/image/picture"
)

// Network is the text-conditional denoiser of pictures. Its state is a picture's pixels [Side, Side, 3] from -1 to 1; its one condition is a
// caption as [caption.Caption.Write] puts it. The raw network stands in [sde.Preconditioning]'s frame (Karras et al. 2022): it sees the noisy picture at
// unit variance, and what it gives is scaled by the noise level.
type Network struct {
	Kind   string `toml:"kind" json:"kind"`     // "transformer" or "unet"
	Hidden int    `toml:"hidden" json:"hidden"` // features of a token; of the U-Net's finest level
	Layers int    `toml:"layers" json:"layers"` // of the transformer; residual blocks a level of the U-Net
	Heads  int    `toml:"heads" json:"heads"`   // of attention
	Text   int    `toml:"text" json:"text"`     // features of a word
}

// DefaultNetwork is the shipped model's shape.
func DefaultNetwork() Network {
	return Network{Kind: "transformer", Hidden: 192, Layers: 7, Heads: 6, Text: 128}
}

// Check says what is wrong with a network's shape.
func (n *Network) Check() error {
	switch {
	case n.Kind != "transformer" && n.Kind != "unet":
		return fmt.Errorf("[network] kind = %q: expected \"transformer\" or \"unet\"", n.Kind)
	case n.Layers < 1 || n.Layers > 40:
		return fmt.Errorf("[network] layers = %d: expected 1 to 40", n.Layers)
	case n.Heads < 1 || n.Hidden < 8 || n.Hidden%n.Heads != 0:
		return fmt.Errorf("[network] hidden = %d, heads = %d: expected at least 8 and 1, hidden a multiple of heads", n.Hidden, n.Heads)
	case n.Text < textHeads || n.Text%textHeads != 0:
		return fmt.Errorf("[network] text = %d: expected a multiple of %d", n.Text, textHeads)
	}
	return nil
}

const (
	timeFeatures = 8    // frequencies of the noise level
	timeHidden   = 128  // features that tell each block the noise level and the gist of the caption
	dataStd      = 0.5  // of pixels, for the preconditioning
	levelMin     = 2e-3 // noise levels below are taken for it
)

// frame is a noisy batch as the raw network sees it.
type frame struct {
	x        *graph.Node // [batch, Side, Side, 3] at unit variance
	skip     *graph.Node // x̂_0 = skip + out * raw: [batch, Side, Side, 3] and
	out      *graph.Node // [batch, 1, 1, 1]
	time     *graph.Node // [batch, timeHidden]
	text     *graph.Node // [batch, 1+Words, Text]
	textMask *graph.Node // [batch, 1+Words]
}

// frame prepares noisy states x [batch, Dims] with noise [batch, 2] = (alpha, sigma) and captions.
func (n *Network) frame(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) frame {
	batch := x.Shape().Dim(0)
	column := func(i int) *graph.Node {
		return graph.Reshape(graph.Slice(noise, graph.AxisRange(), graph.AxisElem(i)), batch, 1, 1, 1)
	}
	alpha, sigma := column(0), graph.MaxScalar(column(1), levelMin*1e-2)
	// As sde.Preconditioning has it, in a graph.
	variance := graph.Add(graph.Square(sigma), graph.MulScalar(graph.Square(alpha), dataStd*dataStd))
	std := graph.Sqrt(variance)
	pixels := graph.Reshape(x, batch, picture.Side, picture.Side, 3)
	f := frame{
		x:    graph.Div(pixels, std),
		skip: graph.Mul(pixels, graph.Div(graph.MulScalar(alpha, dataStd*dataStd), variance)),
		out:  graph.Div(graph.MulScalar(sigma, dataStd), std),
	}
	level := graph.ClipScalar(graph.Div(sigma, graph.MaxScalar(alpha, 1e-6)), levelMin, 500)
	features := nn.Fourier(graph.MulScalar(graph.Log(graph.Reshape(level, batch)), 0.25/2), timeFeatures)
	var gist *graph.Node
	f.text, f.textMask, gist = n.encodeText(s.In("text"), cond[0], batch)
	time := graph.Add(nn.Linear(s, "time.in", features, timeHidden), nn.Linear(s, "time.text", gist, timeHidden))
	f.time = nn.SiLU(nn.Linear(s, "time.out", nn.SiLU(time), timeHidden))
	return f
}

// raw is the network proper: [batch, Side, Side, 3].
func (n *Network) raw(s *nn.Scope, f frame) *graph.Node {
	if n.Kind == "unet" {
		return n.unet(s, f)
	}
	return n.transformer(s, f)
}

// Denoise builds x̂_0 = E[x_0 | x_t] [batch, Dims].
func (n *Network) Denoise(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	f := n.frame(s, x, noise, cond)
	return graph.Reshape(graph.Add(f.skip, graph.Mul(f.out, n.raw(s, f))), x.Shape().Dimensions...)
}

// Loss builds the mean squared error of the raw network's output, whose target has unit variance at every noise level.
func (n *Network) Loss(s *nn.Scope, x0, xt, noise *graph.Node, cond []*graph.Node) (*graph.Node, []*graph.Node) {
	f := n.frame(s, xt, noise, cond)
	target := graph.Div(graph.Sub(graph.Reshape(x0, f.x.Shape().Dimensions...), f.skip), f.out)
	loss := graph.ReduceMean(graph.Square(graph.Sub(n.raw(s, f), target)), 1, 2, 3)
	return loss, []*graph.Node{loss}
}

// LossTerms names the parts that Loss gives.
func (n *Network) LossTerms() []string { return []string{"pixels"} }

// Value builds the critic V(x_t, t, c) [batch] on the first layers of the denoiser, whose parameter names it has: a critic starts from what score
// matching has learned.
func (n *Network) Value(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	f := n.frame(s, x, noise, cond)
	features := n.transformerFeatures
	if n.Kind == "unet" {
		features = n.unetFeatures
	}
	pooled := graph.Concatenate([]*graph.Node{features(s, f), f.time}, -1)
	out := nn.SiLU(nn.Linear(s, "value.in", pooled, timeHidden))
	return graph.Reshape(nn.LinearNoBias(s, "value.out", out, 1, 0.1), -1)
}

// Declare learns the network's parameters, those of the critic's head included.
func (n *Network) Declare(e *nn.Engine) (*nn.Layout, error) {
	return n.declare(e, func(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) {
		n.Denoise(s, x, noise, cond)
		n.Value(s, x, noise, cond)
	})
}

// DeclareCritic learns the parameters of the critic alone.
func (n *Network) DeclareCritic(e *nn.Engine) (*nn.Layout, error) {
	return n.declare(e, func(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) { n.Value(s, x, noise, cond) })
}

func (n *Network) declare(e *nn.Engine, build func(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node)) (*nn.Layout, error) {
	return e.Declare(func(s *nn.Scope, g *graph.Graph) {
		input := func(name string, dims ...int) *graph.Node {
			return graph.Parameter(g, "input:"+name, shapes.Make(dtypes.Float32, dims...))
		}
		build(s, input("x", 1, picture.Dims), input("noise", 1, 2), []*graph.Node{input("words", 1, caption.Size)})
	})
}

// modulate is a normalised x [batch, ..., c] with a gain and a shift that depend on f.time: adaptive layer norm (Peebles & Xie 2023).
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
	return graph.Add(graph.Mul(standardise(x), graph.OnePlus(part(0))), part(1))
}

// standardise gives the last axis zero mean and unit variance. The means are matmuls: on the CPU XLA's sums over a last axis are several times slower.
func standardise(x *graph.Node) *graph.Node {
	c := x.Shape().Dim(-1)
	ones := graph.DivScalar(graph.Ones(x.Graph(), shapes.Make(x.DType(), c, 1)), float64(c))
	centred := graph.Sub(x, nn.MatMul(x, ones))
	variance := nn.MatMul(graph.Square(centred), ones)
	return graph.Div(centred, graph.Sqrt(graph.AddScalar(variance, 1e-5)))
}

// attend is attention of x [batch, n, c] to keys [batch, m, k], with a mask of the keys [batch, m] that are there, or nil for all. The weights'
// sum comes of the same matmul as the weighted values, by a column of ones; logits are cut at maxLogit instead of being shifted by their maximum.
func attend(s *nn.Scope, x, keys, mask *graph.Node, heads int) *graph.Node {
	c := x.Shape().Dim(-1)
	batch, rows, size := x.Shape().Dim(0), x.Shape().Dim(1), c/heads
	split := func(name string, from *graph.Node) *graph.Node { // [batch * heads, rows, size]
		v := graph.Reshape(nn.LinearNoBias(s, name, from, c, 1), batch, -1, heads, size)
		return graph.Reshape(graph.TransposeAllAxes(v, 0, 2, 1, 3), batch*heads, -1, size)
	}
	logits := graph.MulScalar(nn.BatchMatMul(split("query", x), split("key", keys), false, true), 1/math.Sqrt(float64(size)))
	weights := graph.Exp(graph.MinScalar(logits, maxLogit))
	values := split("value", keys)
	values = graph.Concatenate([]*graph.Node{values, graph.OnesLike(graph.Slice(values, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 1)))}, -1)
	if mask != nil {
		m := graph.BroadcastToDims(graph.Reshape(mask, batch, 1, -1, 1), batch, heads, mask.Shape().Dim(-1), 1)
		values = graph.Mul(values, graph.Reshape(m, batch*heads, -1, 1))
	}
	sums := nn.BatchMatMul(weights, values, false, false) // [batch * heads, rows, size + 1]
	out := graph.Div(graph.SliceAxis(sums, -1, graph.AxisRange(0, size)), graph.SliceAxis(sums, -1, graph.AxisRange(size, size+1)))
	out = graph.TransposeAllAxes(graph.Reshape(out, batch, heads, rows, size), 0, 2, 1, 3)
	return nn.LinearNoBias(s, "attended", graph.Reshape(out, batch, rows, c), c, 0.5)
}

const maxLogit = 40

var _ nn.Denoiser = (*Network)(nil)

// Process is the perturbation process of the picture model.
func Process() sde.Process { return sde.VP{} }
