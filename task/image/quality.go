package image

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"keel/task/image/align"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

// Judge measures how faithful and how varied a model's pictures are, beside the data's own. Its captions are drawn once: models judged by one Judge draw the
// same captions from the same noise.
type Judge struct {
	Encoder *align.Encoder
	Drawer  *examples.Drawer
	Seed    uint64
	Number  int // captions of each kind
	Each    int // pictures of a caption for variety
}

// among is how many captions the right one is to be found among.
const among = 100

// Quality are a model's figures. NaN stands for what could not be measured: held-out pictures without a set.
type Quality struct {
	Scenes    map[scene.Kind]SceneFigures `json:"scenes"`
	Retrieval map[string]Number           `json:"retrieval"`       // share of pictures whose own caption agrees best with them among 100, by kind of caption
	Real      map[string]Number           `json:"retrieval_real"`  // the same of the data's own pictures: what the encoder can tell
	Variety   Number                      `json:"variety"`         // of pictures of one caption: see [Variety]
	Features  Number                      `json:"variety_encoder"` // 1 less the mean agreement of two pictures of one caption, by the encoder
	Nearest   Number                      `json:"nearest"`         // mean distance of a picture to the nearest of the data: see [Variety]
	NearestOf Number                      `json:"nearest_held"`    // the same of held-out pictures
	Frechet   Number                      `json:"frechet"`         // between the encoder's features of drawn pictures and of the data's, for the same captions
	FrechetOf Number                      `json:"frechet_floor"`   // between two halves of the data's, of half as many pictures each
	Pictures  int                         `json:"pictures"`        // drawn in all
}

// SceneFigures are the checker's on drawings of one kind of scenes.
type SceneFigures struct {
	Right   float64 `json:"right"` // share of pictures on which everything is as asked
	Colours float64 `json:"colours"`
	Shapes  float64 `json:"shapes"`
	Place   float64 `json:"place"`
}

// Measure draws pictures under the parameters and judges them.
func (j *Judge) Measure(ctx context.Context, s *Sampler, params []float32, log io.Writer) (*Quality, error) {
	q := &Quality{Scenes: map[scene.Kind]SceneFigures{}, Retrieval: map[string]Number{}, Real: map[string]Number{}}
	draw := func(captions []caption.Caption) ([][]float32, error) {
		q.Pictures += len(captions)
		return s.Draw(ctx, params, captions, j.Seed, nil, log)
	}
	for n, kind := range []scene.Kind{scene.Trained, scene.HeldPair, scene.HeldObject} {
		list, err := examples.Scenes(rand.New(rand.NewPCG(j.Seed, uint64(n))), kind, j.Number)
		if err != nil {
			return nil, err
		}
		pictures, err := draw(captionsOf(list))
		if err != nil {
			return nil, err
		}
		q.Scenes[kind] = checkScenes(pictures, list)
		if kind == scene.Trained {
			continue
		}
		if err := j.retrieve(q, string(kind)+" scenes", pictures, list); err != nil {
			return nil, err
		}
	}
	trained, err := j.trained()
	if err != nil {
		return nil, err
	}
	held, err := j.Drawer.HeldPictures()
	if err != nil {
		return nil, err
	}
	rand.New(rand.NewPCG(j.Seed, 7)).Shuffle(len(held), func(a, b int) { held[a], held[b] = held[b], held[a] })
	held = held[:min(len(held), j.Number)]
	pictures, err := draw(captionsOf(trained))
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(j.retrieve(q, "trained captions", pictures, trained), j.compare(q, pictures, trained, held)); err != nil {
		return nil, err
	}
	if len(held) > 0 {
		pictures, err := draw(captionsOf(held))
		if err != nil {
			return nil, err
		}
		if err := j.retrieve(q, "held-out pictures", pictures, held); err != nil {
			return nil, err
		}
	}
	return q, j.vary(q, trained, draw)
}

// trained draws examples of the training data.
func (j *Judge) trained() ([]examples.Example, error) {
	rng := rand.New(rand.NewPCG(j.Seed, 5))
	out := make([]examples.Example, j.Number)
	for i := range out {
		x := make([]float32, picture.Dims)
		c, err := j.Drawer.Draw(rng, x)
		if err != nil {
			return nil, err
		}
		out[i] = examples.Example{Picture: x, Caption: c}
	}
	return out, nil
}

func captionsOf(list []examples.Example) []caption.Caption {
	out := make([]caption.Caption, len(list))
	for i, e := range list {
		out[i] = e.Caption
	}
	return out
}

func picturesOf(list []examples.Example) [][]float32 {
	out := make([][]float32, len(list))
	for i, e := range list {
		out[i] = e.Picture
	}
	return out
}

func checkScenes(pictures [][]float32, list []examples.Example) (f SceneFigures) {
	n := float64(len(list))
	for i, x := range pictures {
		s, _ := scene.Parse(list[i].Caption)
		v := s.Check(x)
		f.Colours, f.Shapes, f.Place = f.Colours+v.Colours/n, f.Shapes+v.Shapes/n, f.Place+v.Place/n
		if v.Right() {
			f.Right += 1 / n
		}
	}
	return f
}

// retrieve says how often a picture's own caption agrees best with it among [among] of the list, for drawn pictures and for the data's own.
func (j *Judge) retrieve(q *Quality, name string, pictures [][]float32, list []examples.Example) error {
	captions, err := j.Encoder.Captions(captionsOf(list))
	if err != nil {
		return err
	}
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.Caption.String()
	}
	found := func(pictures [][]float32) (share Number, err error) {
		features, err := j.Encoder.Pictures(pictures)
		for i, f := range features {
			from := i / among * among // each hundred is a task of its own
			to := min(from+among, len(list))
			if to-from < among { // the last ones are sought among the last hundred
				from = max(0, to-among)
			}
			if align.Rank(f, captions[from:to], texts[from:to], i-from) == 0 {
				share += 1 / Number(len(features))
			}
		}
		return share, err
	}
	if q.Retrieval[name], err = found(pictures); err != nil {
		return err
	}
	q.Real[name], err = found(picturesOf(list))
	return err
}

// compare measures how far drawn pictures are from the data, in pixels and in features.
func (j *Judge) compare(q *Quality, pictures [][]float32, data, held []examples.Example) error {
	all := j.Drawer.Pictures()
	nearest := func(list [][]float32) (mean Number) {
		for _, x := range list {
			best := math.Inf(1)
			for _, y := range all {
				best = min(best, distance(x, y))
			}
			mean += Number(best / float64(len(list)))
		}
		return mean
	}
	// Scenes have no nearest picture: theirs is drawn on the spot.
	var drawn [][]float32
	for i, e := range data {
		if _, ok := scene.Parse(e.Caption); !ok {
			drawn = append(drawn, pictures[i])
		}
	}
	q.Nearest, q.NearestOf = Number(math.NaN()), Number(math.NaN())
	if len(all) > 0 && len(drawn) > 0 {
		q.Nearest, q.NearestOf = nearest(drawn), nearest(picturesOf(held))
	}
	a, err := j.Encoder.Pictures(pictures)
	if err != nil {
		return err
	}
	b, err := j.Encoder.Pictures(picturesOf(data))
	if err != nil {
		return err
	}
	half := len(b) / 2
	if q.Frechet, err = Frechet(a, b); err != nil {
		return err
	}
	q.FrechetOf, err = Frechet(b[:half], b[half:])
	return err
}

// vary draws several pictures of some captions.
func (j *Judge) vary(q *Quality, list []examples.Example, draw func([]caption.Caption) ([][]float32, error)) error {
	var captions []caption.Caption
	var group []int
	for g := range min(varied, len(list)) {
		for range j.Each {
			captions, group = append(captions, list[g].Caption), append(group, g)
		}
	}
	pictures, err := draw(captions)
	if err != nil {
		return err
	}
	q.Variety = Number(Variety(pictures, group))
	features, err := j.Encoder.Pictures(pictures)
	if err != nil {
		return err
	}
	var sum, pairs float64
	for i := range features {
		for k := range i {
			if group[i] == group[k] {
				sum, pairs = sum+1-align.Agreement(features[i], features[k]), pairs+1
			}
		}
	}
	q.Features = Number(sum / pairs)
	return nil
}

// varied is how many captions' pictures are compared with each other.
const varied = 16

// Frechet is the Fréchet distance of two sets of features, each taken for a Gaussian (Heusel et al. 2017): |m - m'|² + tr(C + C' - 2 (C C')^½). It is biased
// upwards where a set has few members: compare sets of one size.
func Frechet(a, b [][]float32) (Number, error) {
	ma, ca := moments(a)
	mb, cb := moments(b)
	var square float64
	for i := range ma {
		d := ma[i] - mb[i]
		square += d * d
	}
	// tr (C C')^½ is the sum of the roots of the eigenvalues of C^½ C' C^½.
	var eigen mat.EigenSym
	if !eigen.Factorize(ca, true) {
		return 0, fmt.Errorf("the covariance of %d features has no eigenvalues", len(ma))
	}
	n := len(ma)
	var vectors, root, product mat.Dense
	eigen.VectorsTo(&vectors)
	roots := mat.NewDiagDense(n, nil)
	for i, v := range eigen.Values(nil) {
		roots.SetDiag(i, math.Sqrt(max(v, 0)))
	}
	root.Product(&vectors, roots, vectors.T())
	product.Product(&root, cb, &root)
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for k := range i + 1 {
			symmetric.SetSym(i, k, (product.At(i, k)+product.At(k, i))/2)
		}
	}
	if !eigen.Factorize(symmetric, false) {
		return 0, fmt.Errorf("the product of two covariances of %d features has no eigenvalues", n)
	}
	trace := mat.Trace(ca) + mat.Trace(cb)
	for _, v := range eigen.Values(nil) {
		trace -= 2 * math.Sqrt(max(v, 0))
	}
	return Number(square + trace), nil
}

// moments are the mean and the covariance of features.
func moments(list [][]float32) ([]float64, *mat.SymDense) {
	n, width := len(list), len(list[0])
	x := mat.NewDense(n, width, nil)
	mean := make([]float64, width)
	for i, f := range list {
		for k, v := range f {
			x.Set(i, k, float64(v))
			mean[k] += float64(v) / float64(n)
		}
	}
	var c mat.SymDense
	stat.CovarianceMatrix(&c, x, nil)
	return mean, &c
}
