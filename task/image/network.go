// Package image is the text-to-image task: a denoiser of small pictures that reads captions, its pre-training, sampling and tuning.
package image

import (
	"fmt"

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

	stillText bool // the text encoder stays as it is: what words mean is no matter of a reward
}

// DefaultNetwork is the shipped model's shape.
func DefaultNetwork() Network {
	return Network{Kind: "unet", Hidden: 48, Layers: 1, Heads: 4, Text: 128}
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
	case n.Text < caption.Heads || n.Text%caption.Heads != 0:
		return fmt.Errorf("[network] text = %d: expected a multiple of %d", n.Text, caption.Heads)
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
	pixels := graph.Reshape(x, batch, picture.Side, picture.Side, 3)
	each := func(v *graph.Node) *graph.Node { return graph.Reshape(v, batch, 1, 1, 1) }
	skip, out, in := nn.Precondition(noise, dataStd)
	f := frame{x: graph.Mul(pixels, each(in)), skip: graph.Mul(pixels, each(skip)), out: each(out)}
	column := func(i int) *graph.Node { return graph.Slice(noise, graph.AxisRange(), graph.AxisElem(i)) }
	level := graph.ClipScalar(graph.Div(column(1), graph.MaxScalar(column(0), 1e-6)), levelMin, 500)
	features := nn.Fourier(graph.MulScalar(graph.Log(graph.Reshape(level, batch)), 0.25/2), timeFeatures)
	var gist *graph.Node
	f.text, f.textMask, gist = caption.Encode(s.In("words"), cond[0], batch, n.Text, true)
	if n.stillText {
		f.text, gist = graph.StopGradient(f.text), graph.StopGradient(gist)
	}
	time := graph.Add(nn.Linear(s, "time.in", features, timeHidden), nn.Linear(s, "time.words", gist, timeHidden))
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

var _ nn.Denoiser = (*Network)(nil)

// Process is the perturbation process of the picture model.
func Process() sde.Process { return sde.VP{} }
