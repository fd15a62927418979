package main

import (
	"runtime"
	"slices"
	"testing"
)

// One quantity varies at a time, and the point that all share is measured once.
func TestCostPoints(t *testing.T) {
	j := costJob{atoms: []int{15, costAtoms}, batch: []int{costBatch, 64}, steps: []int{costSteps, 50}}
	want := []cost{
		{Atoms: 15, Batch: costBatch, Steps: costSteps}, {Atoms: costAtoms, Batch: costBatch, Steps: costSteps},
		{Atoms: costAtoms, Batch: 64, Steps: costSteps}, {Atoms: costAtoms, Batch: costBatch, Steps: 50},
	}
	if got := j.points(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

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
