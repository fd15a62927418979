package reward

import (
	"image/jpeg"
	"math"

	"keel/task/image/picture"
)

// quality is JPEG's, as DDPO's compressibility tasks have it (Black et al. 2023).
const quality = 95

// JPEG is the size in kB of a picture [picture.Dims] as a JPEG at quality 95, at its own 32x32 pixels. About 0.6 kB of it are the tables that Go's encoder
// writes for every picture.
func JPEG(x []float32) float64 {
	var size counter
	if err := jpeg.Encode(&size, picture.FromState(x), &jpeg.Options{Quality: quality}); err != nil {
		return math.NaN() // a counter takes everything
	}
	return float64(size) / 1000
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// value is a channel of a pixel from 0 to 1.
func value(x []float32, u, v, k int) float64 {
	return min(max((float64(x[(v*picture.Side+u)*3+k])+1)/2, 0), 1)
}

// Symmetry is 1 less the mean difference between a picture and its mirror image, left for right.
func Symmetry(x []float32) float64 {
	var sum float64
	for v := range picture.Side {
		for u := range picture.Side {
			for k := range 3 {
				sum += math.Abs(value(x, u, v, k) - value(x, picture.Side-1-u, v, k))
			}
		}
	}
	return 1 - sum/picture.Dims
}

// Colourfulness is that of Hasler and Süsstrunk (2003), with channels from 0 to 1: the deviations of the two opponent colours, and 0.3 times how far their means
// are from grey.
func Colourfulness(x []float32) float64 {
	var rg, yb, rg2, yb2 float64
	const n = picture.Side * picture.Side
	for v := range picture.Side {
		for u := range picture.Side {
			r, g, b := value(x, u, v, 0), value(x, u, v, 1), value(x, u, v, 2)
			a, c := r-g, (r+g)/2-b
			rg, yb, rg2, yb2 = rg+a/n, yb+c/n, rg2+a*a/n, yb2+c*c/n
		}
	}
	return math.Sqrt(max(rg2-rg*rg+yb2-yb*yb, 0)) + 0.3*math.Hypot(rg, yb)
}
