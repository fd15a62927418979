package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"strconv"
	"strings"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"keel/task/image/caption"
)

// Emoji makes a set of the pictures in a colour emoji font of PNG bitmaps (CBDT, such as Noto Color Emoji), with the names that Unicode's
// emoji-test.txt gives them. Variants by skin tone say so in the caption and share a group. held is the share of groups that is held out.
func Emoji(fontFile, namesFile string, held float64) (*Set, error) {
	f, err := os.Open(fontFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	face, err := font.ParseTTF(f)
	if err != nil {
		return nil, fmt.Errorf("%s: not a TrueType font: %w", fontFile, err)
	}
	list, err := readNames(namesFile)
	if err != nil {
		return nil, err
	}
	s := &Set{Manifest: Manifest{Sources: []string{fontFile, namesFile}}}
	seen := map[font.GID]bool{}
	for _, e := range list {
		glyph, ok := glyphOf(face, e.runes)
		switch bitmap, isBitmap := face.GlyphData(glyph).(font.GlyphBitmap); {
		case !ok:
			s.drop("not one glyph of the font")
		case seen[glyph]:
			s.drop("the picture of another name") // flags of places under another country's
		case !isBitmap || bitmap.Format != font.PNG:
			s.drop("no PNG bitmap in the font")
		default:
			seen[glyph] = true
			m, err := png.Decode(bytes.NewReader(bitmap.Data))
			if err != nil {
				s.drop("a broken PNG bitmap")
				continue
			}
			text, group := captionOf(e.name)
			if len(caption.Split(text)) > caption.Words {
				s.drop(fmt.Sprintf("a name of more than %d words", caption.Words))
				continue
			}
			s.add(scale(m), Entry{Caption: text, Group: group})
		}
	}
	if len(s.Entries) == 0 {
		return nil, fmt.Errorf("%s has no PNG bitmap of any emoji named in %s: expected a colour font with a CBDT table", fontFile, namesFile)
	}
	s.hold(held)
	return s, nil
}

// glyphOf is the one glyph that a sequence of code points is drawn as.
func glyphOf(face *font.Face, text []rune) (glyph font.GID, ok bool) {
	var shaper shaping.HarfbuzzShaper
	out := shaper.Shape(shaping.Input{Text: text, RunEnd: len(text), Direction: di.DirectionLTR, Face: face, Size: fixed.I(128)})
	n := 0
	for _, g := range out.Glyphs {
		if g.Advance != 0 { // joiners take no room
			glyph, n = g.GlyphID, n+1
		}
	}
	return glyph, n == 1 && glyph != 0
}

type named struct {
	runes []rune
	name  string
}

// readNames reads the fully qualified emoji of emoji-test.txt: "1F44B 1F3FB ; fully-qualified # 👋🏻 E1.0 waving hand: light skin tone".
func readNames(path string) ([]named, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []named
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		codes, rest, ok := strings.Cut(lines.Text(), "; fully-qualified")
		if !ok || strings.HasPrefix(codes, "#") {
			continue
		}
		_, comment, _ := strings.Cut(rest, "# ")
		parts := strings.SplitN(comment, " ", 3) // the emoji, its version, its name
		if len(parts) < 3 {
			return nil, fmt.Errorf("%s:%d: expected code points ; fully-qualified # emoji version name", path, n)
		}
		e := named{name: parts[2]}
		for _, c := range strings.Fields(codes) {
			v, err := strconv.ParseUint(c, 16, 21)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %q is no code point", path, n, c)
			}
			e.runes = append(e.runes, rune(v))
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, errors.New(path + " names no fully qualified emoji: expected Unicode's emoji-test.txt")
	}
	return list, nil
}

// captionOf folds a name into a caption; the group is the caption without skin tones.
func captionOf(name string) (text, group string) {
	base, detail, ok := strings.Cut(name, ": ")
	if !ok {
		return words(name), words(name)
	}
	kept := base
	for _, part := range strings.Split(detail, ", ") {
		if !strings.HasSuffix(part, "skin tone") {
			kept += " " + part
		}
	}
	return words(name), words(kept)
}

func words(text string) string { return caption.Caption(caption.Split(text)).String() }
