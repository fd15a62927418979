package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // a user's pictures
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/webp" // likewise

	"keel/task/image/caption"
)

const (
	mostPixels = 64 << 20 // of a picture: what is larger would take too much memory to decode
	fewest     = 8        // pixels along a side
	// CaptionsFile holds lines FILE<TAB>CAPTION for the pictures of its folder.
	CaptionsFile = "captions.tsv"
)

// Folder makes a set of the PNG, JPEG, GIF and WebP pictures under dir, at any depth. A picture's caption is that of captions.tsv beside it, else the
// text of NAME.txt beside it, else the words of its own name. What cannot be used is counted by reason; held is the share of captions held out.
func Folder(dir string, held float64) (*Set, error) {
	s := &Set{Manifest: Manifest{Sources: []string{dir}}}
	var files []string
	tables := map[string]map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			tables[path], err = readCaptions(filepath.Join(path, CaptionsFile))
			return err
		case slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".webp"}, strings.ToLower(filepath.Ext(path))):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no picture: expected .png, .jpg, .gif or .webp files", dir)
	}
	for _, path := range files {
		text, reason := captionFor(path, tables[filepath.Dir(path)])
		var pixels []uint8
		if reason == "" {
			pixels, reason = readPicture(path)
		}
		if reason != "" {
			s.drop(reason)
			continue
		}
		s.add(pixels, Entry{Caption: text, Group: text})
	}
	if len(s.Entries) == 0 {
		return nil, fmt.Errorf("%s: not one of %d pictures can be used: %s", dir, len(files), s.reasons())
	}
	s.hold(held)
	return s, nil
}

// reasons lists what was left out.
func (s *Set) reasons() string {
	var list []string
	for r, n := range s.LeftOut {
		list = append(list, fmt.Sprintf("%s: %d", r, n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// readPicture gives a file's picture, or the reason why it cannot be had.
func readPicture(path string) (pixels []uint8, reason string) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "cannot be opened"
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(bufio.NewReader(f))
	switch {
	case err != nil:
		return nil, "not a picture"
	case c.Width < fewest || c.Height < fewest:
		return nil, fmt.Sprintf("fewer than %d pixels along a side", fewest)
	case c.Width > mostPixels/c.Height:
		return nil, fmt.Sprintf("more than %d million pixels", mostPixels>>20)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, "cannot be read"
	}
	m, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, "a broken picture"
	}
	return scale(m), ""
}

// captionFor gives a picture's caption, or the reason why it has none.
func captionFor(path string, table map[string]string) (words, reason string) {
	text, ok := table[filepath.Base(path)]
	if !ok {
		stem := strings.TrimSuffix(path, filepath.Ext(path))
		if b, err := os.ReadFile(stem + ".txt"); err == nil {
			text = string(b)
		} else {
			text = strings.Map(func(r rune) rune { // 0017_red_heart
				if r >= '0' && r <= '9' {
					return ' '
				}
				return r
			}, filepath.Base(stem))
		}
	}
	switch n := len(caption.Split(text)); {
	case n == 0:
		return "", "no caption"
	case n > caption.Words:
		return "", fmt.Sprintf("a caption of more than %d words", caption.Words)
	}
	return caption.Caption(caption.Split(text)).String(), ""
}

// readCaptions reads captions.tsv where there is one.
func readCaptions(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	table := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		name, text, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("%s:%d: expected FILE, a tab, and the caption", path, n)
		}
		table[name] = text
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}
