package caption

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPieces: whatever the word, its pieces are rows of the table, few enough, and the same for the same word; similar words share some.
func TestPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, w := range Split(rapid.String().Draw(t, "text")) {
			p := Pieces(w)
			if len(p) < 1 || len(p) > PerWord {
				t.Fatalf("%q has %d pieces", w, len(p))
			}
			for _, id := range p {
				if id < 1 || id >= NumPieces {
					t.Fatalf("%q has the piece %d", w, id)
				}
			}
		}
	})
	shared := map[int]bool{}
	for _, p := range Pieces("sunflower") {
		shared[p] = true
	}
	n := 0
	for _, p := range Pieces("sunflowers") {
		if shared[p] {
			n++
		}
	}
	if n < 5 {
		t.Errorf("sunflower and sunflowers share %d pieces", n)
	}
}

func TestParse(t *testing.T) {
	c, err := Parse("  A green Triangle, left-of a yellow STAR! ")
	if err != nil || c.String() != "a green triangle left of a yellow star" {
		t.Errorf("%q, %v", c, err)
	}
	row := make([]float32, Size)
	c.Write(row)
	if row[0] == 0 || row[7*PerWord] == 0 || row[8*PerWord] != 0 {
		t.Error("eight words do not fill eight places")
	}
	for _, bad := range []string{"", " \t", "!?", strings.Repeat("word ", 17), strings.Repeat("x ", 1<<20)} {
		if _, err := Parse(bad); err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 200 {
			t.Errorf("%.20q gives %v", bad, err)
		}
	}
}
