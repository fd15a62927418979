package figure

import (
	"path/filepath"
	"testing"
)

// Three panels in rows of two: the last row has one, as wide as those above it.
func TestRows(t *testing.T) {
	path := filepath.Join(folder(t), "rows")
	var panels []Panel
	for _, title := range []string{"one", "two", "three"} {
		panels = append(panels, Panel{Title: title, X: "Å", Y: "share of " + title,
			Series: []Series{learning("model", -1, 300, 0.1), learning("training", -2, 300, 0.1)}})
	}
	if err := Rows(path, 2, panels...); err != nil {
		t.Fatal(err)
	}
	checkFigure(t, path, 7, "one", "three", "share of two", "model", "training")
	if Rows(path, 2) == nil || Rows(path, 0, panels...) == nil {
		t.Error("no panels, or none in a row, were drawn")
	}
}
