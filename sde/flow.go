package sde

// Flow is the straight line between data and noise, x_t = (1 - t) x_0 + t eps (flow matching, Lipman et al. 2023; rectified flow,
// Liu et al. 2023), as a process: alpha = 1 - t, sigma = t give f = -1/(1 - t), g² = 2t/(1 - t). It has no parameters.
//
// At t = 1 no trace of the data is left: Kernel(1) = (0, 1), the noise level is +Inf with Time(+Inf) = 1, and Coefficients(1) =
// (-Inf, +Inf). [FlowDrift] stays finite there; [ReverseDrift] does not, so that the SDE's solvers must leave t = 1 by the kernel.
type Flow struct{}

func init() { Register(Flow{}) }

// Name is "flow".
func (Flow) Name() string { return "flow" }

// Prior is 1, exactly.
func (Flow) Prior() float64 { return 1 }

// Kernel gives alpha_t = 1 - t, sigma_t = t.
func (Flow) Kernel(t float64) (alpha, sigma float64) { return 1 - t, t }

// Slopes gives d alpha/dt = -1 and d sigma/dt = 1, which are finite at t = 1 where the coefficients are not.
func (Flow) Slopes(float64) (alpha, sigma float64) { return -1, 1 }

// Coefficients gives f = -1/(1 - t) and g² = 2t/(1 - t); at t = 1 they are -Inf and +Inf.
func (Flow) Coefficients(t float64) (f, g2 float64) { return -1 / (1 - t), 2 * t / (1 - t) }

// Time inverts the noise level l = t/(1 - t) as 1/(1 + 1/l), a form that takes 0 and +Inf.
func (Flow) Time(level float64) float64 { return 1 / (1 + 1/level) }
