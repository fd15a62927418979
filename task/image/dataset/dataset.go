// Package dataset makes compact sets of small pictures with captions, from a colour emoji font or from a folder of the user's, and reads them.
package dataset

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"keel/run"
)

// Side is how many pixels a picture of a set has along a side: more than the model's 32, for training cuts windows out at random.
const Side = 40

const (
	picturesFile = "pictures.png"  // all pictures, columns to a row
	manifestFile = "pictures.json" // what they are
	format       = "keel-pictures-1"
	columns      = 64
)

// Entry is one picture of a set.
type Entry struct {
	Caption string `json:"caption"`
	Group   string `json:"group"` // pictures of a group are variants of one: all groups are drawn alike
	Held    bool   `json:"held"`  // never trained on
}

// Manifest says what a set holds, and what was left out for which reason.
type Manifest struct {
	Format  string         `json:"format"`
	Sources []string       `json:"sources"`
	LeftOut map[string]int `json:"left_out"`
	Entries []Entry        `json:"pictures"`
}

// Set is a set of pictures in memory.
type Set struct {
	Manifest
	Pixels [][]uint8 // of each picture [Side, Side, 3]
}

// add takes a picture in, unless its caption has no place in the model.
func (s *Set) add(pixels []uint8, e Entry) {
	s.Entries, s.Pixels = append(s.Entries, e), append(s.Pixels, pixels)
}

func (s *Set) drop(reason string) {
	if s.LeftOut == nil {
		s.LeftOut = map[string]int{}
	}
	s.LeftOut[reason]++
}

// hold marks a share of the groups as held out: which, follows from their names alone.
func (s *Set) hold(share float64) {
	for i, e := range s.Entries {
		h := fnv.New32a()
		io.WriteString(h, e.Group)
		s.Entries[i].Held = float64(h.Sum32()%10000) < share*10000
	}
}

// Write writes the set into a folder: one PNG of all pictures, and a manifest.
func (s *Set) Write(dir string) error {
	rows := (len(s.Pixels) + columns - 1) / columns
	sheet := image.NewNRGBA(image.Rect(0, 0, columns*Side, max(rows, 1)*Side))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i, pixels := range s.Pixels {
		x, y := i%columns*Side, i/columns*Side
		for k := range Side * Side {
			sheet.SetNRGBA(x+k%Side, y+k/Side, color.NRGBA{pixels[3*k], pixels[3*k+1], pixels[3*k+2], 255})
		}
	}
	s.Format = format
	text, err := json.Marshal(s.Manifest)
	if err != nil {
		return err
	}
	return errors.Join(
		run.WriteFile(filepath.Join(dir, picturesFile), func(w io.Writer) error {
			return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, sheet)
		}),
		run.WriteFile(filepath.Join(dir, manifestFile), func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }),
	)
}

// Open reads a set that Write wrote.
func Open(dir string) (*Set, error) {
	s := &Set{}
	path := filepath.Join(dir, manifestFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no pictures in %s: expected a folder that `keel data images` made: %w", dir, err)
	}
	if err := json.Unmarshal(text, &s.Manifest); err != nil || s.Format != format {
		return nil, fmt.Errorf("%s is no manifest of pictures: make the folder anew with `keel data images`", path)
	}
	path = filepath.Join(dir, picturesFile)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sheet, err := png.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; make the folder anew with `keel data images`", path, err)
	}
	rows := (len(s.Entries) + columns - 1) / columns
	if b := sheet.Bounds(); b.Dx() != columns*Side || b.Dy() != max(rows, 1)*Side {
		return nil, fmt.Errorf("%s has %dx%d pixels, the manifest's %d pictures need %dx%d: make the folder anew with `keel data images`",
			path, b.Dx(), b.Dy(), len(s.Entries), columns*Side, max(rows, 1)*Side)
	}
	for i := range s.Entries {
		s.Pixels = append(s.Pixels, cut(sheet, i%columns*Side, i/columns*Side))
	}
	return s, nil
}

// OpenAll opens the sets that a configuration names.
func OpenAll(dirs []string) ([]*Set, error) {
	var sets []*Set
	for _, dir := range dirs {
		s, err := Open(dir)
		if err != nil {
			return nil, fmt.Errorf("[data] pictures: %w", err)
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// cut copies a picture out of a sheet.
func cut(sheet image.Image, x, y int) []uint8 {
	out := make([]uint8, 0, Side*Side*3)
	for k := range Side * Side {
		r, g, b, _ := sheet.At(x+k%Side, y+k/Side).RGBA()
		out = append(out, uint8(r>>8), uint8(g>>8), uint8(b>>8))
	}
	return out
}

// Groups are the pictures' numbers by group, in the order of the groups' names: of those held out, or of the others.
func (s *Set) Groups(held bool) [][]int {
	byName := map[string][]int{}
	var names []string
	for i, e := range s.Entries {
		if e.Held != held {
			continue
		}
		if byName[e.Group] == nil {
			names = append(names, e.Group)
		}
		byName[e.Group] = append(byName[e.Group], i)
	}
	slices.Sort(names)
	var out [][]int
	for _, n := range names {
		out = append(out, byName[n])
	}
	return out
}
