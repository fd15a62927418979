package image

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/task/image/caption"
)

// The text encoder: a word is the sum of learned vectors of its pieces (see [caption.Pieces]), which a small transformer puts into the context
// of its caption.
const (
	pieceSize  = 64 // features of a piece
	textLayers = 2
	textHeads  = 4
)

// encodeText gives each caption's tokens [batch, 1+Words, Text], of which the first is there without any word, the mask of those that are there, and
// a vector for the whole [batch, Text]. words [batch or 1, caption.Size] are numbers of pieces; a leading axis of 1 is broadcast after encoding.
func (n *Network) encodeText(s *nn.Scope, words *graph.Node, batch int) (tokens, mask, gist *graph.Node) {
	rows := words.Shape().Dim(0)
	table := s.Param("pieces", 0.3, 0, caption.NumPieces, pieceSize)
	ids := graph.ConvertDType(graph.Reshape(words, rows*caption.Size, 1), dtypes.Int32)
	there := graph.MinScalar(words, 1) // [rows, caption.Size] 0 where there is no piece
	vectors := graph.Mul(graph.Gather(table, ids), graph.Reshape(there, rows*caption.Size, 1))
	sum := graph.ReduceSum(graph.Reshape(vectors, rows, caption.Words, caption.PerWord, pieceSize), 2)
	h := nn.Linear(s, "in", sum, n.Text)
	h = graph.Add(h, graph.ExpandLeftToRank(s.Param("place", 0.3, 0, caption.Words, n.Text), 3))
	begin := graph.BroadcastToDims(graph.Reshape(s.Param("begin", 0.3, 0, n.Text), 1, 1, n.Text), rows, 1, n.Text)
	h = graph.Concatenate([]*graph.Node{begin, h}, 1)
	present := graph.ReduceMax(graph.Reshape(there, rows, caption.Words, caption.PerWord), 2)
	mask = graph.Concatenate([]*graph.Node{graph.OnesLike(graph.Slice(present, graph.AxisRange(), graph.AxisRange(0, 1))), present}, 1)
	for l := range textLayers {
		layer := s.In(layerName(l))
		u := nn.LayerNorm(layer, "norm1", h)
		h = graph.Add(h, attend(layer, u, u, mask, textHeads))
		u = nn.SiLU(nn.Linear(layer, "mlp.in", nn.LayerNorm(layer, "norm2", h), 2*n.Text))
		h = graph.Add(h, nn.LinearNoBias(layer, "mlp.out", u, n.Text, 0.5))
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
