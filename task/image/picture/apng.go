package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// WriteAnimation writes frames of one size as an animated PNG that runs for ever, each frame shown for so many milliseconds, the last
// three seconds longer. What cannot show animations shows the last frame: it is the file's still picture, too.
func WriteAnimation(w io.Writer, frames []*image.NRGBA, milliseconds int) error {
	if len(frames) == 0 {
		return errors.New("an animation without a frame")
	}
	// The still picture, which is no frame of the animation, then the frames (PNG, third edition, chapters 11.3.6 and 14).
	still, err := chunks(frames[len(frames)-1])
	if err != nil {
		return err
	}
	out := &chunkWriter{w: w}
	out.raw([]byte("\x89PNG\r\n\x1a\n"))
	out.chunk("IHDR", still.header)
	out.chunk("acTL", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(len(frames))), 0))
	out.chunk("IDAT", still.data)
	sequence := uint32(0)
	for i, m := range frames {
		c, err := chunks(m)
		if err != nil {
			return err
		}
		if !bytes.Equal(c.header, still.header) {
			return errors.New("an animation of frames of different sizes")
		}
		delay := milliseconds
		if i == len(frames)-1 {
			delay += 3000
		}
		b := m.Bounds()
		control := binary.BigEndian.AppendUint32(nil, sequence)
		for _, v := range []int{b.Dx(), b.Dy(), 0, 0} {
			control = binary.BigEndian.AppendUint32(control, uint32(v))
		}
		control = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(control, uint16(delay)), 1000)
		out.chunk("fcTL", append(control, 0, 0)) // leave the frame, replace what was there
		out.chunk("fdAT", append(binary.BigEndian.AppendUint32(nil, sequence+1), c.data...))
		sequence += 2
	}
	out.chunk("IEND", nil)
	return out.err
}

// encoded is what of a PNG an animation takes over.
type encoded struct{ header, data []byte }

// chunks encodes a picture and takes it apart.
func chunks(m *image.NRGBA) (c encoded, err error) {
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		return c, err
	}
	for rest := file.Bytes()[8:]; len(rest) >= 12; {
		n := 8 + binary.BigEndian.Uint32(rest)
		switch body := rest[8:n]; string(rest[4:8]) {
		case "IHDR":
			c.header = body
		case "IDAT":
			c.data = append(c.data, body...)
		}
		rest = rest[n+4:]
	}
	return c, nil
}

type chunkWriter struct {
	w   io.Writer
	err error
}

func (c *chunkWriter) raw(b []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(b)
	}
}

// chunk writes length, type, body and the checksum of the latter two.
func (c *chunkWriter) chunk(kind string, body []byte) {
	c.raw(binary.BigEndian.AppendUint32(nil, uint32(len(body))))
	named := append([]byte(kind), body...)
	c.raw(named)
	c.raw(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(named)))
}
