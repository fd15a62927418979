package caption

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// The text encoder: a word is the sum of learned vectors of its pieces (see [Pieces]), which a small transformer puts into the context
// of its caption.
const (
	pieceSize  = 64 // features of a piece
	textLayers = 2
	// Heads of the text encoder's attention.
	Heads = 4
)

// Encode builds each caption's tokens [batch, 1+Words, width], of which the first is there without any word, the mask of those that are there
// [batch, 1+Words], and a vector for the whole [batch, width]. words [batch or 1, Size] are numbers of pieces as [Caption.Write] puts them; a leading axis of 1 is
// broadcast after encoding. width is a multiple of [Heads]. With neighbours every layer also tells each word the two beside it: attention alone takes
// long to find out that "green" is said of the word that follows.
func Encode(s *nn.Scope, words *graph.Node, batch, width int, neighbours bool) (tokens, mask, gist *graph.Node) {
	rows := words.Shape().Dim(0)
	table := s.Param("pieces", 0.3, 0, NumPieces, pieceSize)
	ids := graph.ConvertDType(graph.Reshape(words, rows*Size, 1), dtypes.Int32)
	there := graph.MinScalar(words, 1) // [rows, Size] 0 where there is no piece
	vectors := graph.Mul(graph.Gather(table, ids), graph.Reshape(there, rows*Size, 1))
	sum := graph.ReduceSum(graph.Reshape(vectors, rows, Words, PerWord, pieceSize), 2)
	h := nn.Linear(s, "in", sum, width)
	h = graph.Add(h, graph.ExpandLeftToRank(s.Param("place", 0.3, 0, Words, width), 3))
	begin := graph.BroadcastToDims(graph.Reshape(s.Param("begin", 0.3, 0, width), 1, 1, width), rows, 1, width)
	h = graph.Concatenate([]*graph.Node{begin, h}, 1)
	present := graph.ReduceMax(graph.Reshape(there, rows, Words, PerWord), 2)
	mask = graph.Concatenate([]*graph.Node{graph.OnesLike(graph.Slice(present, graph.AxisRange(), graph.AxisRange(0, 1))), present}, 1)
	for l := range textLayers {
		layer := s.In(fmt.Sprintf("layer%d", l))
		if neighbours {
			next := nn.LayerNorm(layer, "norm0", beside(graph.Mul(h, graph.InsertAxes(mask, -1))))
			h = graph.Add(h, nn.Linear(layer, "beside", next, width))
		}
		u := nn.LayerNorm(layer, "norm1", h)
		h = graph.Add(h, nn.Attend(layer, u, u, mask, Heads))
		u = nn.SiLU(nn.Linear(layer, "mlp.in", nn.LayerNorm(layer, "norm2", h), 2*width))
		h = graph.Add(h, nn.LinearNoBias(layer, "mlp.out", u, width, 0.5))
	}
	h = nn.LayerNorm(s, "norm", h)
	weights := graph.InsertAxes(mask, -1)
	gist = graph.Div(graph.ReduceSum(graph.Mul(h, weights), 1), graph.ReduceSum(weights, 1))
	spread := func(v *graph.Node) *graph.Node {
		if rows == batch {
			return v
		}
		return graph.BroadcastToDims(v, append([]int{batch}, v.Shape().Dimensions[1:]...)...)
	}
	return spread(h), spread(mask), spread(gist)
}

// beside gives each token of h [rows, tokens, c] the ones before and after it [rows, tokens, 2c], 0 where there is none: what is said of a thing stands beside it.
func beside(h *graph.Node) *graph.Node {
	none := graph.ZerosLike(graph.Slice(h, graph.AxisRange(), graph.AxisRange(0, 1)))
	before := graph.Concatenate([]*graph.Node{none, graph.Slice(h, graph.AxisRange(), graph.AxisRange(0, -1))}, 1)
	after := graph.Concatenate([]*graph.Node{graph.Slice(h, graph.AxisRange(), graph.AxisRange(1)), none}, 1)
	return graph.Concatenate([]*graph.Node{before, after}, -1)
}
