package sde

// UniformGrid gives the steps+1 times of a sampler from t = 1 down to 0, evenly.
func UniformGrid(steps int) []float64 {
	grid := make([]float64, steps+1)
	for i := range grid {
		grid[i] = float64(steps-i) / float64(steps)
	}
	return grid
}
