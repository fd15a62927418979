package pocket

import (
	"math"
	"regexp"
	"runtime"
	"testing"

	"keel/chem"
)

var residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says how much memory a process holds")
	}
	now := memory(residentLine)
	if now == nil || *now < 1 {
		t.Fatalf("resident: %v", now)
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	if most := memory(peakLine); most == nil || *most < *now+60 {
		t.Errorf("the peak is %v MiB after 64 MiB more than %v", most, *now)
	}
	runtime.KeepAlive(held)
}

// Copies of a protein are as many times its atoms, and far enough apart that the pocket in the first is what it is without them.
func TestMeasureOpening(t *testing.T) {
	site, err := OpenSite("../../examples/1hpv/1hpv.pdb", "../../examples/1hpv/ligand.sdf", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got [2]Opening
	for i, copies := range []int{1, 9} {
		if got[i], err = MeasureOpening(site, copies); err != nil {
			t.Fatal(err)
		}
	}
	one, nine := got[0], got[1]
	if one.Atoms != len(site.Protein.Atoms) || one.Pocket != len(site.Pocket.atoms) || nine.Atoms != 9*one.Atoms || nine.Pocket != one.Pocket {
		t.Errorf("one copy %+v, nine copies %+v; the protein has %d atoms and its pocket %d", one, nine, len(site.Protein.Atoms), len(site.Pocket.atoms))
	}
	p := sideBySide(site.Protein, 9)
	nearest, n := math.Inf(1), len(site.Protein.Atoms)
	for k := 1; k < 9; k++ {
		others := p.Positions()[k*n : (k+1)*n]
		for _, x := range p.Positions()[:n] {
			nearest = min(nearest, chem.Nearest(x, others))
		}
	}
	if nearest < 5 {
		t.Errorf("two copies are %.1f Å apart", nearest)
	}
}
