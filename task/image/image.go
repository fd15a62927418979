// Package image is the text-to-image task: pictures of 32x32 pixels as states, captions as conditions, and rewards that look at pictures.
package image

const (
	Side = 32              // pixels along a picture's side
	Dims = Side * Side * 3 // of a state: rows, columns, and red, green, blue from -1 to 1
)
