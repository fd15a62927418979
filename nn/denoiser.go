package nn

// Denoiser is a task's network: the only thing that training, sampling and tuning know of a model. States are flat,
// [batch, dims]; noise is [batch, 2] = (alpha_t, sigma_t) of the process's kernel; cond are the task's own conditions, each with a
// leading axis of batch or of 1 where the batch shares it.
type Denoiser interface {
	// Denoise builds x̂_0 = E[x_0 | x_t] [batch, dims].
	Denoise(s *Scope, x, noise *Node, cond []*Node) *Node
	// Loss builds each example's score-matching loss [batch] and its parts, in the order of LossTerms.
	Loss(s *Scope, x0, xt, noise *Node, cond []*Node) (loss *Node, terms []*Node)
	// LossTerms names the loss's parts.
	LossTerms() []string
	// Value builds the critic V(x_t, t, c) [batch].
	Value(s *Scope, x, noise *Node, cond []*Node) *Node
}
