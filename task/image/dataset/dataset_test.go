package dataset

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// plain is a PNG file of one colour, with a transparent ground about it where inset is not 0.
func plain(t *testing.T, width, height, inset int, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := inset; x < width-inset; x++ {
		for y := inset; y < height-inset; y++ {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFolder: captions come from where they are said to, what cannot be used is counted by reason, and what is written is read back.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	red := color.NRGBA{250, 10, 20, 255}
	good := plain(t, 60, 40, 0, red)
	write(t, filepath.Join(dir, "a", "17_red_square.png"), good)
	write(t, filepath.Join(dir, "b", "x.png"), good)
	write(t, filepath.Join(dir, "b", "x.txt"), []byte("A Red, red rose\n"))
	write(t, filepath.Join(dir, "c", "1.png"), good)
	write(t, filepath.Join(dir, "c", CaptionsFile), []byte("1.png\tfrom the table\n"))
	write(t, filepath.Join(dir, "d", "cut.png"), good[:len(good)/2])
	write(t, filepath.Join(dir, "d", "text.png"), []byte("hello"))
	write(t, filepath.Join(dir, "d", "2.png"), good)
	write(t, filepath.Join(dir, "d", "tiny.png"), plain(t, 4, 4, 0, red))
	write(t, filepath.Join(dir, "d", strings.Repeat("a ", 17)+".png"), good)
	write(t, filepath.Join(dir, "d", "notes.md"), []byte("not a picture at all"))
	s, err := Folder(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	var captions []string
	for _, e := range s.Entries {
		captions = append(captions, e.Caption)
	}
	if got := strings.Join(captions, "|"); got != "red square|a red red rose|from the table" {
		t.Errorf("captions %q", got)
	}
	for reason, want := range map[string]int{"a broken picture": 1, "not a picture": 1, "no caption": 1, "fewer than 8 pixels along a side": 1, "a caption of more than 16 words": 1} {
		if s.LeftOut[reason] != want {
			t.Errorf("%d left out as %q, expected %d; all: %v", s.LeftOut[reason], reason, want, s.LeftOut)
		}
	}
	out := t.TempDir()
	if err := s.Write(out); err != nil {
		t.Fatal(err)
	}
	back, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Pixels) != 3 || !bytes.Equal(back.Pixels[1], s.Pixels[1]) || back.Entries[2] != s.Entries[2] {
		t.Errorf("%d pictures are read back, the last as %v", len(back.Pixels), back.Entries[len(back.Entries)-1])
	}
	if p := s.Pixels[0]; p[0] < 240 || p[1] > 20 || p[2] > 30 {
		t.Errorf("the first pixel is %v, expected the picture's red", p[:3])
	}
	// A file cut off, and a sheet that is another set's.
	text, err := os.ReadFile(filepath.Join(out, picturesFile))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(out, picturesFile), text[:len(text)-20])
	if _, err := Open(out); err == nil || !strings.Contains(err.Error(), picturesFile) {
		t.Errorf("a sheet cut off gives %v", err)
	}
}

// TestScaleKeepsIconsWhole: what has a transparent ground lies on white within the part that no window of training cuts.
func TestScaleKeepsIconsWhole(t *testing.T) {
	m, err := png.Decode(bytes.NewReader(plain(t, 136, 128, 4, color.NRGBA{0, 0, 250, 255})))
	if err != nil {
		t.Fatal(err)
	}
	p := scale(m)
	const margin = (Side - icon) / 2
	for i := range Side * Side {
		x, y := i%Side, i/Side
		if inside := x >= margin && x < Side-margin && y >= margin && y < Side-margin; !inside && p[3*i] != 255 {
			t.Fatalf("pixel %d, %d is %v: expected white", x, y, p[3*i:3*i+3])
		}
	}
	if centre := (Side/2*Side + Side/2) * 3; p[centre] > 5 || p[centre+2] < 240 {
		t.Errorf("the middle is %v, expected blue", p[centre:centre+3])
	}
}

func TestFolderWithoutPictures(t *testing.T) {
	dir := t.TempDir()
	if _, err := Folder(dir, 0); err == nil || !strings.Contains(err.Error(), "holds no picture") {
		t.Errorf("an empty folder gives %v", err)
	}
	write(t, filepath.Join(dir, "bad.png"), []byte("x"))
	if _, err := Folder(dir, 0); err == nil || !strings.Contains(err.Error(), "not a picture: 1") {
		t.Errorf("a folder of rubbish gives %v", err)
	}
	write(t, filepath.Join(dir, CaptionsFile), []byte("no tab here\n"))
	if _, err := Folder(dir, 0); err == nil || !strings.Contains(err.Error(), CaptionsFile+":1") {
		t.Errorf("a table without tabs gives %v", err)
	}
}

// TestCaptionOf: tones go into the caption and not into the group.
func TestCaptionOf(t *testing.T) {
	for name, want := range map[string][2]string{
		"waving hand: light skin tone": {"waving hand light skin tone", "waving hand"},
		"flag: Kenya":                  {"flag kenya", "flag kenya"},
		"couple with heart: woman, man, dark skin tone, light skin tone": {"couple with heart woman man dark skin tone light skin tone", "couple with heart woman man"},
		"person: light skin tone, red hair":                              {"person light skin tone red hair", "person red hair"},
		"keycap: *":                                                      {"keycap", "keycap"},
	} {
		if text, group := captionOf(name); text != want[0] || group != want[1] {
			t.Errorf("%q gives %q in group %q, expected %q in %q", name, text, group, want[0], want[1])
		}
	}
}
