package main

import (
	"strings"
	"testing"

	"keel/task/pocket"
)

func TestPrintMeasurement(t *testing.T) {
	m := measurement{Bench: "sampling", CPUs: 2, Engine: "xla", Model: "random weights", Figures: []pocket.Figure{{Name: "molecules", Value: 17.02, Unit: "molecules/s"}, {Name: "decoding", Value: 0.14, Unit: "s"}}}
	var out strings.Builder
	want := "sampling: 2 CPUs, xla, random weights\nmolecules       17.02  molecules/s\ndecoding         0.14  s\n"
	if err := m.print(&out); err != nil || out.String() != want {
		t.Errorf("%v\n%q, want\n%q", err, out.String(), want)
	}
}
