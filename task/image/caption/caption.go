// Package caption turns texts into words, and words into what a network reads.
package caption

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
)

const (
	Words     = 16              // of a caption, at most
	PerWord   = 10              // pieces of a word, at most
	Size      = Words * PerWord // values of an encoded caption
	NumPieces = 8192            // numbers of pieces; 0 stands for none
)

// Split are a text's words in lower case: runs of letters and digits.
func Split(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Caption is a prompt's words.
type Caption []string

// Parse refuses a prompt without a word, and one of more words than the model reads.
func Parse(text string) (Caption, error) {
	words := Split(text)
	switch {
	case len(words) == 0:
		return nil, fmt.Errorf("prompt %.40q has no word: say what to draw, such as \"red heart\"", text)
	case len(words) > Words:
		return nil, fmt.Errorf("prompt %.40q... has %d words: the model reads %d at most", text, len(words), Words)
	}
	return words, nil
}

// String is the caption's words with blanks between.
func (c Caption) String() string { return strings.Join(c, " ") }

// Write puts the caption into a row of a condition [Size]: for each word the numbers of its pieces, 0 for none.
func (c Caption) Write(row []float32) {
	for i, w := range c[:min(len(c), Words)] {
		for k, id := range Pieces(w) {
			row[i*PerWord+k] = float32(id)
		}
	}
}

// Pieces are the numbers of the parts that a word's vector is the sum of: the word itself and its trigrams with the word's edges marked,
// hashed (Bojanowski et al. 2017). So a word that was never seen has the vector of what it looks like. Long words give evenly spaced trigrams.
func Pieces(word string) []int {
	letters := []rune("<" + word + ">")
	list := []int{piece(string(letters))}
	trigrams := len(letters) - 2
	for k := range min(trigrams, PerWord-1) {
		at := k * trigrams / min(trigrams, PerWord-1)
		if t := string(letters[at : at+3]); len(letters) > 3 {
			list = append(list, piece(t))
		}
	}
	return list
}

// piece hashes a part of a word to a row of the table.
func piece(text string) int {
	h := fnv.New32a()
	h.Write([]byte(text))
	return 1 + int(h.Sum32()%(NumPieces-1))
}
