package pocket

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"keel/chem"
	"keel/chem/rigid"
	"keel/nn"
	"keel/sde"
)

// subject is a small network with random weights, and its programs by layout: compiling takes most of the tests' time.
type subject struct {
	engine   *nn.Engine
	model    *Model
	programs map[Layout]*nn.Program
}

var openSubject = sync.OnceValues(func() (*subject, error) {
	e, err := nn.Open()
	if err != nil {
		return nil, err
	}
	m, err := RandomModel(e, Network{Layers: 2, Hidden: 32, Pair: 8, Heads: 4, Every: 1}, drugGroups(), 1)
	return &subject{engine: e, model: m, programs: map[Layout]*nn.Program{}}, err
})

// drugGroups are the groups of amprenavir, with their ports.
var drugGroups = sync.OnceValue(func() *rigid.Vocabulary {
	m := must(chem.ReadLigand("../../examples/1hpv/ligand.sdf")).HeavyOnly()
	v := vocabulary(m)
	d := Dataset{Complexes: []Example{{Ligand: m, Pieces: must(v.Pieces(m))}}}
	v.CountPorts(d.cuts())
	return v
})

func tiny(t *testing.T) *subject {
	t.Helper()
	s, err := openSubject()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// program denoises in a layout.
func (s *subject) program(t *testing.T, l Layout) *nn.Program {
	t.Helper()
	if s.programs[l] == nil {
		net := s.model.Net
		net.Layout = l
		p, err := s.engine.Compile("test", func(in []*nn.Node) []*nn.Node {
			return []*nn.Node{net.Denoise(nn.NewScope(s.model.Layout, in[0]), in[1], in[2], in[3:])}
		})
		if err != nil {
			t.Fatal(err)
		}
		s.programs[l] = p
	}
	return s.programs[l]
}

// scene is what a network sees: noisy states of n groups each in a layout, at a noise level, in surroundings.
type scene struct {
	layout Layout
	n      []int
	x      []float32 // [len(n), dims]
	time   float64
	around []*Surroundings
}

func (s scene) state(i int) []float32 { return s.x[i*s.layout.Dims() : (i+1)*s.layout.Dims()] }

// newScene draws states of the given sizes in a pocket about the centre.
func newScene(rng *rand.Rand, bucket int, n []int, around ...*Surroundings) scene {
	s := scene{layout: Layout{bucket, len(drugGroups().Groups)}, n: n, time: sde.VP{}.Time(0.5), around: around}
	s.x = make([]float32, len(n)*s.layout.Dims())
	for i, n := range n {
		x := s.state(i)
		s.layout.Mask(n, x)
		for k := range x {
			x[k] *= float32(rng.NormFloat64())
		}
	}
	return s
}

// denoise runs the network.
func (s scene) denoise(t *testing.T, net *subject) scene {
	t.Helper()
	alpha, sigma := sde.VP{}.Kernel(s.time)
	var noise, nodes, atoms []float32
	for _, n := range s.n {
		noise = append(noise, float32(alpha), float32(sigma))
		row := make([]float32, s.layout.Nodes)
		for k := range n {
			row[k] = 1
		}
		nodes, atoms = append(nodes, row...), append(atoms, float32(3*n))
	}
	size := len(s.n)
	in := []any{nn.FromFloats(net.model.Params, len(net.model.Params)), nn.FromFloats(s.x, size, s.layout.Dims()), nn.FromFloats(noise, size, 2),
		nn.FromFloats(nodes, size, s.layout.Nodes), nn.FromFloats(atoms, size, 1)}
	if len(s.around) > 0 {
		for _, c := range Conditions(s.around) {
			in = append(in, c)
		}
	}
	out, err := net.program(t, s.layout).Call(in...)
	if err != nil {
		t.Fatal(err)
	}
	s.x = nn.Floats(out[0])
	return s
}

// diverge is the largest difference between two scenes' real entries; it fails where nothing is denoised.
func diverge(t *testing.T, a, b scene) float64 {
	t.Helper()
	worst, largest := 0.0, 0.0
	for s, n := range a.n {
		x, y := a.state(s), b.state(s)
		for i := range n {
			for k := range 3 {
				worst = max(worst, difference(x, y, 3*i+k, 3*i+k))
				largest = max(largest, math.Abs(float64(x[3*i+k])))
			}
			for k := range 6 {
				worst = max(worst, difference(x, y, a.layout.axisOffset()+6*i+k, b.layout.axisOffset()+6*i+k))
			}
			for k := range a.layout.Types {
				worst = max(worst, difference(x, y, a.layout.typeOffset()+i*a.layout.Types+k, b.layout.typeOffset()+i*a.layout.Types+k))
			}
			for j := i + 1; j < n; j++ {
				for k := range NumOrders {
					worst = max(worst, difference(x, y, a.layout.bond(i, j, k), b.layout.bond(i, j, k)))
				}
			}
		}
	}
	if largest < 0.1 {
		t.Fatalf("the network gives coordinates of at most %v: nothing is compared", largest)
	}
	return worst
}

func difference(x, y []float32, i, j int) float64 { return math.Abs(float64(x[i] - y[j])) }

// rotation is a random rotation matrix, from a random unit quaternion.
func rotation(rng *rand.Rand) (r [3]chem.Vec) {
	a, b, c, d := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
	s := math.Sqrt(a*a + b*b + c*c + d*d)
	a, b, c, d = a/s, b/s, c/s, d/s
	return [3]chem.Vec{
		{a*a + b*b - c*c - d*d, 2 * (b*c - a*d), 2 * (b*d + a*c)},
		{2 * (b*c + a*d), a*a - b*b + c*c - d*d, 2 * (c*d - a*b)},
		{2 * (b*d - a*c), 2 * (c*d + a*b), a*a - b*b - c*c + d*d},
	}
}

func turn(r [3]chem.Vec, v chem.Vec) chem.Vec { return chem.Vec{r[0].Dot(v), r[1].Dot(v), r[2].Dot(v)} }

// turned rotates the centres and axes of every state.
func (s scene) turned(r [3]chem.Vec) scene {
	s.x = append([]float32(nil), s.x...)
	for i := range s.n {
		x := s.state(i)
		for k := 0; k < s.layout.typeOffset(); k += 3 {
			v := turn(r, chem.Vec{float64(x[k]), float64(x[k+1]), float64(x[k+2])})
			x[k], x[k+1], x[k+2] = float32(v[0]), float32(v[1]), float32(v[2])
		}
	}
	return s
}

func newShell(t *testing.T, rng *rand.Rand) *Pocket {
	t.Helper()
	p, err := shell(rng, 200)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Protein, centre and noisy ligand turned and moved together: the output turns with them.
func TestEquivariance(t *testing.T) {
	net := tiny(t)
	rng := rand.New(rand.NewPCG(3, 4))
	pocket, centre := newShell(t, rng), chem.Vec{0.5, -0.3, 0.2}
	s := newScene(rng, 8, []int{5, 8}, pocket.Around(centre))
	r, shift := rotation(rng), chem.Vec{31, -12, 55}
	moved := *pocket.Protein
	moved.Atoms = append([]chem.ProteinAtom(nil), moved.Atoms...)
	for i := range moved.Atoms {
		moved.Atoms[i].Pos = turn(r, moved.Atoms[i].Pos).Add(shift)
	}
	movedPocket, err := NewPocket(&moved)
	if err != nil {
		t.Fatal(err)
	}
	other := s.turned(r)
	other.around = []*Surroundings{movedPocket.Around(turn(r, centre).Add(shift))}
	worst := diverge(t, s.denoise(t, net).turned(r), other.denoise(t, net))
	t.Logf("largest error %.2g", worst)
	if !(worst < 1e-3) {
		t.Errorf("turning the input and turning the output differ by %v", worst)
	}
}

// A molecule is denoised in the same way at every padded size, at sampling's as at training's.
func TestPaddingInvariance(t *testing.T) {
	net := tiny(t)
	rng := rand.New(rand.NewPCG(5, 6))
	s := newScene(rng, 8, []int{5, 8}, newShell(t, rng).Around(chem.Vec{}))
	small := s.denoise(t, net)
	for _, bucket := range Buckets[1:] {
		wide := s
		wide.layout.Nodes = bucket
		wide.x = make([]float32, len(s.n)*wide.layout.Dims())
		for i, n := range s.n {
			from, to := s.state(i), wide.state(i)
			copy(to, from[:3*n])
			copy(to[wide.layout.axisOffset():], from[s.layout.axisOffset():s.layout.axisOffset()+6*n])
			copy(to[wide.layout.typeOffset():], from[s.layout.typeOffset():s.layout.typeOffset()+n*s.layout.Types])
			for a := range n {
				for b := a + 1; b < n; b++ {
					copy(to[wide.layout.bond(a, b, 0):][:NumOrders], from[s.layout.bond(a, b, 0):])
				}
			}
		}
		worst := diverge(t, small, wide.denoise(t, net))
		t.Logf("padded to %d: largest difference %.2g", bucket, worst)
		if !(worst < 1e-4) {
			t.Errorf("padded to %d instead of 8, molecules are denoised differently by %v", bucket, worst)
		}
	}
}

func TestSharedPocket(t *testing.T) {
	net := tiny(t)
	rng := rand.New(rand.NewPCG(7, 8))
	around := newShell(t, rng).Around(chem.Vec{})
	s := newScene(rng, 8, []int{3, 8, 6}, around)
	each := s
	each.around = []*Surroundings{around, around, around}
	lone := s
	lone.around = nil
	shared := s.denoise(t, net)
	if worst := diverge(t, shared, each.denoise(t, net)); !(worst < 1e-4) {
		t.Errorf("a shared pocket and one for each molecule differ by %v", worst)
	}
	if worst := diverge(t, shared, lone.denoise(t, net)); worst < 1e-3 {
		t.Error("the network does not see the pocket")
	}
}

// Bonds are probabilities of an unordered pair: swapping two groups swaps their rows and nothing else.
func TestBondSymmetry(t *testing.T) {
	net := tiny(t)
	rng := rand.New(rand.NewPCG(9, 10))
	s := newScene(rng, 8, []int{7}, newShell(t, rng).Around(chem.Vec{}))
	a, b := 2, 5
	at := func(i int) int {
		switch i {
		case a:
			return b
		case b:
			return a
		}
		return i
	}
	swap := func(s scene) scene {
		x := append([]float32(nil), s.x...)
		for i := range s.n[0] {
			copy(x[3*at(i):3*at(i)+3], s.x[3*i:])
			copy(x[s.layout.axisOffset()+6*at(i):][:6], s.x[s.layout.axisOffset()+6*i:])
			copy(x[s.layout.typeOffset()+at(i)*s.layout.Types:][:s.layout.Types], s.x[s.layout.typeOffset()+i*s.layout.Types:])
			for j := i + 1; j < s.n[0]; j++ {
				lo, hi := min(at(i), at(j)), max(at(i), at(j))
				copy(x[s.layout.bond(lo, hi, 0):][:NumOrders], s.x[s.layout.bond(i, j, 0):])
			}
		}
		s.x = x
		return s
	}
	out := s.denoise(t, net)
	if worst := diverge(t, swap(out), swap(s).denoise(t, net)); !(worst < 1e-4) {
		t.Errorf("swapping two groups changes the output by %v", worst)
	}
	sum := float32(0)
	for k := range NumOrders {
		sum += out.x[s.layout.bond(1, 4, k)]
	}
	if math.Abs(float64(sum)-BondScale) > 1e-4 || out.x[s.layout.bond(4, 1, 0)] != 0 {
		t.Errorf("a pair's probabilities add up to %v of %v, and below the diagonal stands %v", sum, BondScale, out.x[s.layout.bond(4, 1, 0)])
	}
}

// A molecule's mirror image is denoised differently: a pocket has a hand.
func TestChirality(t *testing.T) {
	net := tiny(t)
	rng := rand.New(rand.NewPCG(11, 12))
	s := newScene(rng, 8, []int{7})
	mirror := [3]chem.Vec{{1, 0, 0}, {0, 1, 0}, {0, 0, -1}}
	if worst := diverge(t, s.denoise(t, net).turned(mirror), s.turned(mirror).denoise(t, net)); worst < 1e-3 {
		t.Errorf("an image and its mirror image are denoised alike, to %v", worst)
	}
}
