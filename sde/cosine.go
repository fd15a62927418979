package sde

import "math"

// Cosine is the variance-preserving process whose alpha follows a quarter of a cosine (Nichol & Dhariwal 2021, eq. 17, in
// continuous time): alpha_t = cos(theta_t) / cos(theta_0), theta_t = pi/2 (t + s)/(1 + s), alpha² + sigma² = 1, f = -beta/2, g² = beta.
//
// The rate beta = 2 theta' tan(theta_t) of that curve is infinite at t = 1. It is capped at MaxRate and the kernel is that of the
// capped rate, so that kernel and coefficients agree everywhere: from t_c on, where beta reaches the cap, alpha decays
// exponentially. With the default cap t_c = 0.98 and the noise level at t = 1 is 87. The paper caps the discrete beta at 0.999,
// which with its 1000 steps is MaxRate = 999 and a last level of 870, too stiff for solvers of few even steps.
type Cosine struct {
	Offset  float64 // s; 0.008 where zero
	MaxRate float64 // 100 where zero
}

func init() { Register(Cosine{}) }

// Name is "cosine".
func (Cosine) Name() string { return "cosine" }

// Prior is 1, whatever the data's variance: alpha_1 is nearly 0.
func (Cosine) Prior() float64 { return 1 }

// curve is Cosine with its defaults resolved.
type curve struct {
	start float64 // theta_0
	speed float64 // theta'
	rate  float64 // the cap
	knee  float64 // t_c
}

func (p Cosine) curve() curve {
	s, rate := p.Offset, p.MaxRate
	if s == 0 {
		s = 0.008
	}
	if rate == 0 {
		rate = 100
	}
	speed := math.Pi / 2 / (1 + s)
	start := speed * s
	return curve{start: start, speed: speed, rate: rate, knee: (math.Atan(rate/(2*speed)) - start) / speed}
}

// kernel before the knee. sigma² = (cos² theta_0 - cos² theta_t) / cos² theta_0 is written as a product, which keeps its digits near t = 0.
func (c curve) kernel(t float64) (alpha, sigma float64) {
	turn := c.speed * t
	cos := math.Cos(c.start)
	return math.Cos(c.start+turn) / cos, math.Sqrt(math.Sin(turn)*math.Sin(2*c.start+turn)) / cos
}

// Kernel gives alpha_t and sigma_t = sqrt(1 - alpha_t²).
func (p Cosine) Kernel(t float64) (alpha, sigma float64) {
	c := p.curve()
	if t <= c.knee {
		return c.kernel(t)
	}
	alpha, _ = c.kernel(c.knee)
	alpha *= math.Exp(-c.rate / 2 * (t - c.knee))
	return alpha, math.Sqrt(1 - alpha*alpha)
}

// Coefficients gives f = -beta/2 and g² = beta with beta = min(2 theta' tan(theta_t), MaxRate).
func (p Cosine) Coefficients(t float64) (f, g2 float64) {
	c := p.curve()
	beta := c.rate
	if t < c.knee {
		beta = 2 * c.speed * math.Tan(c.start+c.speed*t)
	}
	return -beta / 2, beta
}

// Time inverts the noise level l. Before the knee tan² theta_t = tan² theta_0 + l² / cos² theta_0, and the difference of the
// angles comes from that of their tangents, so that small levels keep their digits; after it 1 + l² grows as exp(MaxRate t).
func (p Cosine) Time(level float64) float64 {
	c := p.curve()
	alpha, sigma := c.kernel(c.knee)
	if last := sigma / alpha; level > last {
		return c.knee + (math.Log1p(level*level)-math.Log1p(last*last))/c.rate
	}
	tan0, rise := math.Tan(c.start), level/math.Cos(c.start)
	tan := math.Hypot(tan0, rise)
	return math.Atan(rise*rise/(tan+tan0)/(1+tan*tan0)) / c.speed
}
