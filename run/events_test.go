package run

import (
	"bytes"
	"encoding/hex"
	"math"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testdata/events.golden was written by testdata/events.py with the tensorboard package 2.x.
func TestEventsMatchTensorBoard(t *testing.T) {
	want, err := os.ReadFile("testdata/events.golden")
	if err != nil {
		t.Fatal(err)
	}
	start := time.UnixMilli(1700000000250)
	got := tfRecord(versionEvent(start))
	got = append(got, tfRecord(scalarEvent(1, start.Add(time.Second), map[string]float64{"reward_mean": -6.25, "qed": 0.5}))...)
	got = append(got, tfRecord(scalarEvent(300, start.Add(300*time.Second), map[string]float64{"reward_mean": -7.1, "qed": math.NaN()}))...)
	if !bytes.Equal(got, want) {
		t.Errorf("events differ from TensorBoard's own\n got %s\nwant %s", hex.EncodeToString(got), hex.EncodeToString(want))
	}
}

func TestMaskedCRC(t *testing.T) {
	// CRC-32C of 32 zero bytes is 8a9136aa (RFC 3720, B.4); its mask by the TFRecord formula.
	crc := uint32(0x8a9136aa)
	if got, want := maskedCRC(make([]byte, 32)), (crc>>15|crc<<17)+0xa282ead8; got != want {
		t.Errorf("maskedCRC = %08x, want %08x", got, want)
	}
}

func TestKeepEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 400), 1, 8).Draw(t, "gaps")
		var data []byte
		var ends []int
		for i := range steps {
			if i > 0 {
				steps[i] += steps[i-1]
			}
			data = append(data, tfRecord(scalarEvent(steps[i], time.Unix(1, 0), map[string]float64{"x": 1}))...)
			ends = append(ends, len(data))
		}
		cut := rapid.IntRange(0, len(data)).Draw(t, "cut")
		last := rapid.IntRange(-1, 500).Draw(t, "last")
		want := 0
		for i, end := range ends {
			if end <= cut && steps[i] <= last {
				want = end
			}
		}
		if got, _ := keepEvents(data[:cut], last); got != want {
			t.Fatalf("keeps %d bytes, want %d", got, want)
		}
	})
}

func FuzzKeepEvents(f *testing.F) {
	f.Add(tfRecord(versionEvent(time.Unix(1, 0))), 3)
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff0000"), 0)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		n, err := keepEvents(data, step)
		if err != nil || n < 0 || n > len(data) {
			t.Fatalf("keeps %d of %d bytes, error %v", n, len(data), err)
		}
	})
}
