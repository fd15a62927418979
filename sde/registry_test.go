package sde

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func ExampleByName() {
	p, _ := ByName("ve")
	alpha, sigma := p.Kernel(0.5)
	fmt.Printf("%s: %.3f %.3f\n", p.Name(), alpha, sigma)
	_, err := ByName("vpp")
	what, _, _ := strings.Cut(err.Error(), ";") // the names of those that there are follow
	fmt.Println(what)
	// Output:
	// ve: 1.000 0.707
	// there is no process "vpp"
}

func TestNames(t *testing.T) {
	for _, name := range Names() {
		if p, err := ByName(name); err != nil || p.Name() != name {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if got, want := Grids(), []string{"karras", "log-snr", "uniform"}; !slices.Equal(got, want) {
		t.Errorf("grids %v, expected %v", got, want)
	}
	if got, want := Weightings(), []string{"edm", "flow-velocity", "min-snr", "snr", "truncated-snr", "uniform", "velocity"}; !slices.Equal(got, want) {
		t.Errorf("weightings %v, expected %v", got, want)
	}
	if _, err := GridByName("cubic"); err == nil || !strings.Contains(err.Error(), "karras, log-snr, uniform") {
		t.Errorf("an unknown grid: %v", err)
	}
	if _, err := WeightingByName("p2"); err == nil || !strings.Contains(err.Error(), "min-snr") {
		t.Errorf("an unknown weighting: %v", err)
	}
}

func TestRegisteringANameTwicePanics(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `"vp"`) {
			t.Errorf("the panic says %q", text)
		}
	}()
	Register(VP{BetaMax: 5})
}
