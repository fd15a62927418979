package sde

// EDM is the process of Karras et al. (2022), table 1: no drift and a noise scale linear in time, alpha = 1, sigma = Max t.
// Their time is the noise level itself, from 0 to 80; here it is scaled to [0, 1].
type EDM struct {
	Max float64 // noise scale at t = 1, in units of the data; 80 where zero
}

func init() { Register(EDM{}) }

// Name is "edm".
func (EDM) Name() string { return "edm" }

func (p EDM) scale() float64 {
	if p.Max == 0 {
		return 80
	}
	return p.Max
}

// Prior is Max. The data's own variance is left out, as in the paper.
func (p EDM) Prior() float64 { return p.scale() }

// Kernel gives alpha_t = 1, sigma_t = Max t.
func (p EDM) Kernel(t float64) (alpha, sigma float64) { return 1, p.scale() * t }

// Coefficients gives f = 0 and g² = d sigma²/dt = 2 Max² t.
func (p EDM) Coefficients(t float64) (f, g2 float64) { return 0, 2 * p.scale() * p.scale() * t }

// Time inverts the noise level, which is Max t.
func (p EDM) Time(level float64) float64 { return level / p.scale() }
