package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

func plain(c color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	for i := range Side * Side {
		m.SetNRGBA(i%Side, i/Side, c)
	}
	return m
}

var red, green, blue = color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}

// TestFromState: rows, columns and channels are where the state has them, and values beyond the range are cut.
func TestFromState(t *testing.T) {
	x := make([]float32, Dims)
	at := (5*Side + 7) * 3
	x[at], x[at+1], x[at+2] = 9, -9, 1
	m := FromState(x)
	if got := m.NRGBAAt(7, 5); got != (color.NRGBA{255, 0, 255, 255}) {
		t.Errorf("%v at column 7 of row 5", got)
	}
	if got := m.NRGBAAt(5, 7); got != (color.NRGBA{128, 128, 128, 255}) {
		t.Errorf("%v where the state is 0", got)
	}
}

// TestSheet: pictures lie in rows, enlarged, and sheets side by side.
func TestSheet(t *testing.T) {
	s := Sheet([]*image.NRGBA{plain(red), plain(green), plain(blue)}, 2)
	const cell = Side*zoom + margin
	if b := s.Bounds(); b.Dx() != 2*cell+margin || b.Dy() != 2*cell+margin {
		t.Errorf("a sheet of %v for three pictures in two columns", b)
	}
	for _, c := range []struct {
		column, row int
		want        color.NRGBA
	}{{0, 0, red}, {1, 0, green}, {0, 1, blue}} {
		left, top := margin+c.column*cell, margin+c.row*cell
		for _, p := range []image.Point{{left, top}, {left + Side*zoom - 1, top + Side*zoom - 1}} {
			if got := s.NRGBAAt(p.X, p.Y); got != c.want {
				t.Errorf("%v at %v, expected %v", got, p, c.want)
			}
		}
	}
	both := Beside(s, Sheet([]*image.NRGBA{plain(green)}, 1))
	if got := both.NRGBAAt(both.Bounds().Dx()-margin-1, margin); got != green {
		t.Errorf("%v in the right sheet", got)
	}
	if got := both.NRGBAAt(margin, margin); got != red {
		t.Errorf("%v in the left sheet", got)
	}
}

// TestAnimation: the file is a PNG of the last frame to who knows no animations; its chunks are those of the APNG specification, in order, with right checksums,
// and each frame's data are its picture.
func TestAnimation(t *testing.T) {
	frames := []*image.NRGBA{plain(red), plain(green), plain(blue)}
	var file bytes.Buffer
	if err := WriteAnimation(&file, frames, 80); err != nil {
		t.Fatal(err)
	}
	still, err := png.Decode(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got := NRGBA(still).NRGBAAt(0, 0); got != blue {
		t.Errorf("the still picture is %v", got)
	}
	var kinds []string
	var header []byte
	var delays []uint16
	sequence, shown := uint32(0), 0
	for rest := file.Bytes()[8:]; len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest)
		kind, body := string(rest[4:8]), rest[8:8+n]
		if sum := binary.BigEndian.Uint32(rest[8+n:]); sum != crc32.ChecksumIEEE(rest[4:8+n]) {
			t.Errorf("%s has a wrong checksum", kind)
		}
		kinds = append(kinds, kind)
		switch kind {
		case "IHDR":
			header = body
		case "acTL":
			if got := binary.BigEndian.Uint32(body); got != 3 {
				t.Errorf("%d frames are announced", got)
			}
		case "fcTL", "fdAT":
			if got := binary.BigEndian.Uint32(body); got != sequence {
				t.Errorf("%s has the number %d, expected %d", kind, got, sequence)
			}
			sequence++
			if kind == "fcTL" {
				delays = append(delays, binary.BigEndian.Uint16(body[20:]))
				break
			}
			m := decodeFrame(t, header, body[4:])
			if got, want := m.NRGBAAt(3, 3), frames[shown].NRGBAAt(3, 3); got != want {
				t.Errorf("frame %d is %v, expected %v", shown, got, want)
			}
			shown++
		}
		rest = rest[12+n:]
	}
	if want := []string{"IHDR", "acTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"}; !slices.Equal(kinds, want) {
		t.Errorf("chunks %v", kinds)
	}
	if !slices.Equal(delays, []uint16{80, 80, 3080}) {
		t.Errorf("delays %v", delays)
	}
}

// decodeFrame is the picture of a frame's compressed data.
func decodeFrame(t *testing.T, header, data []byte) *image.NRGBA {
	t.Helper()
	var file bytes.Buffer
	c := &chunkWriter{w: &file}
	c.raw([]byte("\x89PNG\r\n\x1a\n"))
	c.chunk("IHDR", header)
	c.chunk("IDAT", data)
	c.chunk("IEND", nil)
	m, err := png.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	return NRGBA(m)
}

func TestAnimationRefuses(t *testing.T) {
	if err := WriteAnimation(&bytes.Buffer{}, nil, 80); err == nil {
		t.Error("an animation of nothing")
	}
	small := image.NewNRGBA(image.Rect(0, 0, 3, 3))
	if err := WriteAnimation(&bytes.Buffer{}, []*image.NRGBA{small, plain(red)}, 80); err == nil {
		t.Error("an animation of frames of two sizes")
	}
}
