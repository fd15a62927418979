package main

import (
	"slices"
	"strings"
	"testing"

	"keel/task/pocket"
)

// One quantity varies at a time, and the point that all share is measured once.
func TestCostPoints(t *testing.T) {
	const seen = pocket.PocketAtoms
	j := costJob{atoms: []int{15, costAtoms}, pocket: []int{64}, batch: []int{costBatch, 64}, steps: []int{costSteps, 50}}
	want := []pocket.Cost{
		{Atoms: 15, Pocket: seen, Batch: costBatch, Steps: costSteps}, {Atoms: costAtoms, Pocket: seen, Batch: costBatch, Steps: costSteps},
		{Atoms: costAtoms, Pocket: 64, Batch: costBatch, Steps: costSteps},
		{Atoms: costAtoms, Pocket: seen, Batch: 64, Steps: costSteps}, {Atoms: costAtoms, Pocket: seen, Batch: costBatch, Steps: 50},
	}
	if got := j.points(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestPrintCosts(t *testing.T) {
	mib := 512.4
	var out strings.Builder
	err := printCosts(&out, []pocket.Cost{
		{Atoms: 25, Pocket: 256, Batch: 32, Steps: 20, Drawn: 128, Groups: 7.52, Compile: 10.26, Sampling: 2.56, Decoding: 0.128, Rate: 47.62, Peak: &mib},
		{Atoms: 400, LeftOut: "too large"},
	}, []pocket.Opening{{Atoms: 1516, Bytes: 123456, Seconds: 0.0512, Pocket: 700}})
	want := `| heavy atoms | groups, mean | pocket atoms | batch | steps | compiling, s | a molecule's step, ms | decoding it, ms | molecules/s | peak, MiB |
|------------:|-------------:|-------------:|------:|------:|-------------:|----------------------:|----------------:|------------:|----------:|
|          25 |          7.5 |          256 |    32 |    20 |         10.3 |                  1.00 |             1.0 |        47.6 |       512 |
left out: 400 atoms: too large

| protein atoms | file, MB | opening, s | pocket atoms | peak, MiB |
|--------------:|---------:|-----------:|-------------:|----------:|
|          1516 |      0.1 |       0.05 |          700 |         - |
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}
