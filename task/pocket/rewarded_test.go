package pocket

import (
	"math"
	"strings"
	"testing"
)

// TestReadRewarded: what is not whole is told from what is, and a missing number from 0.
func TestReadRewarded(t *testing.T) {
	path := write(t, "step-000001.csv", "name,smiles,valid,connected,vina_min,merit,restarted\na,CC,true,true,-7,0.5,0\nb,C.C,true,false,,-0.2,1\nc,,false,true,,,0\n")
	got, err := ReadRewarded(path)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if got[0] != (Rewarded{SMILES: "CC", Whole: true, Merit: 0.5, VinaMin: -7}) {
		t.Errorf("%+v", got[0])
	}
	if b := got[1]; b.Whole || b.Merit != -0.2 || !b.Restarted || !math.IsNaN(b.VinaMin) {
		t.Errorf("%+v", b)
	}
	if c := got[2]; c.Whole || c.Restarted || !math.IsNaN(c.Merit) {
		t.Errorf("%+v", c)
	}
	for text, want := range map[string]string{
		"":               "no header line",
		"smiles,valid\n": "no column connected",
		"smiles,valid,connected,merit,vina_min,restarted\nC,true,true,x,1,0\n": `merit is "x": expected a number`,
		"smiles,valid,connected,merit,vina_min,restarted\nC,true\n":            "wrong number of fields",
	} {
		if _, err := ReadRewarded(write(t, "bad.csv", text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "bad.csv") {
			t.Errorf("%q: %v, expected %s", text, err, want)
		}
	}
}
