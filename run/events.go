package run

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"time"
)

// TensorBoard event files, written by hand: TFRecord framing (tensorflow/core/lib/io/record_writer.h) around
// protocol-buffer messages (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).

// Protocol-buffer field tags: field number << 3 | wire type.
const (
	eventWallTime    = 1<<3 | 1 // double, seconds since 1970
	eventStep        = 2 << 3   // int64
	eventFileVersion = 3<<3 | 2 // string
	eventSummary     = 5<<3 | 2 // Summary
	summaryValue     = 1<<3 | 2 // Summary.Value, repeated
	valueTag         = 1<<3 | 2 // string
	valueSimple      = 2<<3 | 5 // float
)

// versionEvent is the first message of an event file.
func versionEvent(at time.Time) []byte {
	return appendBytes(wallTime(at), eventFileVersion, []byte("brain.Event:2"))
}

// scalarEvent holds one scalar a value, in the order of the names.
func scalarEvent(step int, at time.Time, values map[string]float64) []byte {
	var summary []byte
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := appendBytes(nil, valueTag, []byte(name))
		value = binary.LittleEndian.AppendUint32(append(value, valueSimple), math.Float32bits(float32(values[name])))
		summary = appendBytes(summary, summaryValue, value)
	}
	event := binary.AppendUvarint(append(wallTime(at), eventStep), uint64(step))
	return appendBytes(event, eventSummary, summary)
}

func wallTime(at time.Time) []byte {
	seconds := float64(at.UnixMicro()) / 1e6
	return binary.LittleEndian.AppendUint64([]byte{eventWallTime}, math.Float64bits(seconds))
}

func appendBytes(b []byte, tag byte, content []byte) []byte {
	b = binary.AppendUvarint(append(b, tag), uint64(len(content)))
	return append(b, content...)
}

// Bytes around the message in a TFRecord: length and its checksum before, the message's checksum after.
const recordHead, recordTail = 12, 4

func tfRecord(message []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(b))
	b = append(b, message...)
	return binary.LittleEndian.AppendUint32(b, maskedCRC(message))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is CRC-32C, rotated and shifted as TFRecord wants so that a checksum of checksums stays sound.
func maskedCRC(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// keepEvents is the length of the leading whole records of data whose step is at most step.
// It ends at the first record that is torn, so it never fails.
func keepEvents(data []byte, step int) (int, error) {
	at := 0
	for {
		message, ok := firstRecord(data[at:])
		if !ok || eventStepOf(message) > int64(step) {
			return at, nil
		}
		at += recordHead + len(message) + recordTail
	}
}

// firstRecord is the message of the record at the head of data; false when it is not whole.
func firstRecord(data []byte) ([]byte, bool) {
	if len(data) < recordHead+recordTail || binary.LittleEndian.Uint32(data[8:]) != maskedCRC(data[:8]) {
		return nil, false
	}
	length := binary.LittleEndian.Uint64(data)
	if length > uint64(len(data)-recordHead-recordTail) {
		return nil, false
	}
	message := data[recordHead : recordHead+length]
	return message, binary.LittleEndian.Uint32(data[recordHead+length:]) == maskedCRC(message)
}

// eventStepOf reads the step of an event as this package writes it: after the wall time. Events without one have step 0.
func eventStepOf(event []byte) int64 {
	const afterTime = 1 + 8
	if len(event) <= afterTime || event[afterTime] != eventStep {
		return 0
	}
	step, _ := binary.Uvarint(event[afterTime+1:])
	return int64(step)
}
