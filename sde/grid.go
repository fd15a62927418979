package sde

// Grid gives the steps+1 falling times of a sampler (steps >= 1). The first is 1 and the last 0, always. The noise levels of a grid
// that is spaced by level start from that of t = 1, at most maxLevel, and end in minLevel before the 0: minLevel < maxLevel < +Inf.
// Where t = 1 lies above maxLevel ([Flow]'s level there is infinite) the first step makes up for it.
type Grid func(p Process, steps int, minLevel, maxLevel float64) []float64

func init() {
	RegisterGrid("uniform", func(_ Process, steps int, _, _ float64) []float64 { return UniformGrid(steps) })
	RegisterGrid("log-snr", LogSNRGrid)
	RegisterGrid("karras", func(p Process, steps int, minLevel, maxLevel float64) []float64 {
		return KarrasGrid(p, steps, 7, minLevel, maxLevel)
	})
}

// RegisterGrid makes a grid known by name. It panics when the name is taken.
func RegisterGrid(name string, g Grid) { grids.add(name, g) }

// GridByName gives the registered grid. The error of an unknown name lists the known ones.
func GridByName(name string) (Grid, error) { return grids.get(name) }

// Grids are the names of the registered grids, in alphabetical order.
func Grids() []string { return grids.names() }

// byLevel makes the grid whose i-th noise level is level(i/(steps-1)): level(0) stands for t = 1, level(1) is the last before 0.
func byLevel(p Process, steps int, level func(u float64) float64) []float64 {
	grid := make([]float64, steps+1)
	grid[0] = 1
	for i := 1; i < steps; i++ {
		grid[i] = p.Time(level(float64(i) / float64(steps-1)))
	}
	return grid
}
