package gauss

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// Reward is a reward of points whose KL-regularised optimum on a mixture of Gaussians is known: it is a sum or a product over
// dimensions, so that E[R] and E[exp(R/beta)] under a Gaussian are closed forms.
type Reward interface {
	Name() string
	// At is the reward of one point.
	At(x []float64) float64
	// Most is the largest reward there is.
	Most() float64
	// Mean is E[R] and LogMean is log E[exp(R/beta)] under N(mean, std² I).
	Mean(mean []float64, std float64) float64
	LogMean(mean []float64, std, beta float64) float64
}

// rewards makes the named rewards about a target [dims].
var rewards = map[string]func(target []float64) Reward{
	"smooth":     func(a []float64) Reward { return Quadratic{Target: a} },
	"non-smooth": func(a []float64) Reward { return Absolute{Target: a} },
	"sparse":     func(a []float64) Reward { return Box{Target: a, Half: 0.5} },
}

// RewardByName is a reward about the target.
func RewardByName(name string, target []float64) (Reward, error) {
	build, ok := rewards[name]
	if !ok {
		return nil, fmt.Errorf("reward %q: expected one of %s", name, strings.Join(RewardNames(), ", "))
	}
	return build(target), nil
}

// RewardNames are the rewards that [RewardByName] knows, sorted.
func RewardNames() []string {
	var list []string
	for name := range rewards {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Quadratic is -|x - Target|².
type Quadratic struct{ Target []float64 }

// Name is "smooth".
func (Quadratic) Name() string { return "smooth" }

// At is -|x - Target|².
func (q Quadratic) At(x []float64) float64 {
	var sq float64
	for k, v := range x {
		sq += (v - q.Target[k]) * (v - q.Target[k])
	}
	return -sq
}

// Most is 0, at the target.
func (Quadratic) Most() float64 { return 0 }

// Mean is -|mean - Target|² - dims std².
func (q Quadratic) Mean(mean []float64, std float64) float64 {
	return q.At(mean) - float64(len(mean))*std*std
}

// LogMean completes the square.
func (q Quadratic) LogMean(mean []float64, std, beta float64) float64 {
	spread := 1 + 2*std*std/beta
	return q.At(mean)/beta/spread - float64(len(mean))/2*math.Log(spread)
}

// Node builds the rewards [batch] of x [batch, dims].
func (q Quadratic) Node(x *nn.Node) *nn.Node {
	target := make([]float32, len(q.Target))
	for k, v := range q.Target {
		target[k] = float32(v)
	}
	a := graph.ExpandLeftToRank(graph.Const(x.Graph(), target), 2)
	return graph.Neg(graph.ReduceSum(graph.Square(graph.Sub(x, a)), -1))
}

// Absolute is -|x - Target|_1: its gradient jumps at the target.
type Absolute struct{ Target []float64 }

// Name is "non-smooth".
func (Absolute) Name() string { return "non-smooth" }

// At is minus the sum of the distances along the axes.
func (r Absolute) At(x []float64) float64 {
	var sum float64
	for k, v := range x {
		sum -= math.Abs(v - r.Target[k])
	}
	return sum
}

// Most is 0, at the target.
func (Absolute) Most() float64 { return 0 }

// Mean is that of folded normal variables.
func (r Absolute) Mean(mean []float64, std float64) float64 {
	var sum float64
	for k, v := range mean {
		u := (v - r.Target[k]) / std
		sum -= std*math.Sqrt(2/math.Pi)*math.Exp(-u*u/2) + (v-r.Target[k])*math.Erf(u/math.Sqrt2)
	}
	return sum
}

// LogMean integrates the exponential on either side of the target.
func (r Absolute) LogMean(mean []float64, std, beta float64) float64 {
	var sum float64
	for k, v := range mean {
		u, c := v-r.Target[k], 1/beta
		side := func(u float64) float64 { // log E[exp(-c y); y > 0], y ~ N(u, std²)
			return -c*u + c*c*std*std/2 + logNormalCDF((u-c*std*std)/std)
		}
		sum += logSumExp([]float64{side(u), side(-u)})
	}
	return sum
}

// Box is 1 within Half of the target along every axis, and 0 elsewhere: a sparse reward.
type Box struct {
	Target []float64
	Half   float64
}

// Name is "sparse".
func (Box) Name() string { return "sparse" }

// At is 1 within the box.
func (r Box) At(x []float64) float64 {
	for k, v := range x {
		if math.Abs(v-r.Target[k]) > r.Half {
			return 0
		}
	}
	return 1
}

// Most is 1.
func (Box) Most() float64 { return 1 }

// Mean is the box's probability.
func (r Box) Mean(mean []float64, std float64) float64 {
	p := 1.0
	for k, v := range mean {
		u := v - r.Target[k]
		if near := (math.Abs(u) - r.Half) / std; near > farTail { // the difference below would be one of two numbers next to 1
			p *= 0.5 * (math.Erfc(near/math.Sqrt2) - math.Erfc((math.Abs(u)+r.Half)/std/math.Sqrt2))
			continue
		}
		p *= 0.5 * (math.Erf((u+r.Half)/std/math.Sqrt2) - math.Erf((u-r.Half)/std/math.Sqrt2))
	}
	return p
}

const (
	farTail       = 5   // standard deviations
	largeExponent = 700 // exp of more is beyond a float64
)

// LogMean is log(1 + P(box) (exp(1/beta) - 1)).
func (r Box) LogMean(mean []float64, std, beta float64) float64 {
	p := r.Mean(mean, std)
	if 1/beta > largeExponent { // exp(1/beta) - 1 is exp(1/beta) then
		return logSumExp([]float64{0, math.Log(p) + 1/beta})
	}
	return math.Log1p(p * math.Expm1(1/beta))
}

// logNormalCDF is log P(N(0, 1) < u), also far out on the left.
func logNormalCDF(u float64) float64 {
	if u > -30 {
		return math.Log(0.5 * math.Erfc(-u/math.Sqrt2))
	}
	return -u*u/2 - math.Log(-u*math.Sqrt(2*math.Pi)) + math.Log1p(-1/(u*u)+3/(u*u*u*u))
}

// Start is E[R] under the mixture.
func Start(m Mixture, r Reward) float64 {
	var sum float64
	for i, mean := range m.Means {
		sum += m.Weights[i] * r.Mean(mean, m.Std)
	}
	return sum
}

// Optimum is the largest E[R] - beta KL(p || mixture) over all laws p, which is beta log E_mixture[exp(R/beta)].
func Optimum(m Mixture, r Reward, beta float64) float64 {
	terms := make([]float64, len(m.Means))
	for i, mean := range m.Means {
		terms[i] = math.Log(m.Weights[i]) + r.LogMean(mean, m.Std, beta)
	}
	return beta * logSumExp(terms)
}

// Tilted is the law p*, proportional to the mixture times exp(R/beta), of a quadratic reward: another mixture.
func Tilted(m Mixture, q Quadratic, beta float64) Mixture {
	spread := 1 + 2*m.Std*m.Std/beta
	out := Mixture{Std: m.Std / math.Sqrt(spread)}
	terms := make([]float64, len(m.Means))
	for i, mean := range m.Means {
		terms[i] = math.Log(m.Weights[i]) + q.LogMean(mean, m.Std, beta)
		moved := make([]float64, len(mean))
		for k, v := range mean {
			moved[k] = q.Target[k] + (v-q.Target[k])/spread
		}
		out.Means = append(out.Means, moved)
	}
	total := logSumExp(terms)
	for _, t := range terms {
		out.Weights = append(out.Weights, math.Exp(t-total))
	}
	return out
}
