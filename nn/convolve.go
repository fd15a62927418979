package nn

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"
)

// Convolve is a 3x3 convolution of x [batch, h, w, in] with its edges padded with zeros, with initial weights scaled by gain.
func Convolve(s *Scope, name string, x *Node, out, stride int, gain float64) *Node {
	in := x.Shape().Dim(-1)
	kernel := s.Param(name+".w", gain/math.Sqrt(9*float64(in)), 0, 3, 3, in, out)
	return AddBias(s, name, graph.Convolve(x, kernel).Strides(stride).PadSame().Done())
}
