package oracle

import (
	"math"
	"testing"
)

func TestSummarise(t *testing.T) {
	list := []Score{blankScore(), blankScore(), blankScore(), blankScore()}
	for i, energy := range []float64{-7, -9, math.NaN(), -5} {
		list[i].VinaScore = energy
	}
	list[2].Error = "not connected: 2 fragments"
	sum := Summarise(list, Extra{Name: "reward", Values: []float64{math.NaN(), 1, 2, 4}})
	if sum.Molecules != 4 || sum.Complete != 3 || len(sum.Errors) != 1 || sum.Errors[list[2].Error] != 1 {
		t.Errorf("%+v", sum)
	}
	want := map[string]Figure{"vina_score": {"vina_score", 3, -7, -7, -9, -5}, "reward": {"reward", 3, 7. / 3, 2, 1, 4}}
	for _, f := range sum.Figures {
		if w, ok := want[f.Column]; ok && f != w {
			t.Errorf("%+v, want %+v", f, w)
		}
		delete(want, f.Column)
		if f.Column == "qed" {
			t.Error("a column without a figure")
		}
	}
	if len(want) > 0 {
		t.Errorf("missing %v", want)
	}
}
