package chem

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// field returns columns [from, to) of a line, counted from 0, without blanks around; short lines give what they have.
func field(l string, from, to int) string {
	if from >= len(l) {
		return ""
	}
	return strings.TrimSpace(l[from:min(to, len(l))])
}

// fixedInt reads an integer from fixed columns; blank columns are 0.
func fixedInt(l string, from, to int) (int, error) {
	s := field(l, from, to)
	if s == "" {
		return 0, nil
	}
	return strconv.Atoi(s)
}

// maxCoordinate bounds what a reader takes for a coordinate, in Å: more than fixed columns hold, and far from where arithmetic breaks.
const maxCoordinate = 1e6

var errNotCoordinate = errors.New("not a finite number of sensible size")

// fixedFloat reads a finite number of sensible size from fixed columns.
func fixedFloat(l string, from, to int) (float64, error) {
	x, err := strconv.ParseFloat(field(l, from, to), 64)
	if err == nil && !(math.Abs(x) < maxCoordinate) {
		err = errNotCoordinate
	}
	return x, err
}

// clip shortens a line for an error message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// otherFormat names the chemical format that a line gives away, with its article; "" if it tells nothing.
func otherFormat(l string) string {
	for _, f := range []struct{ prefix, what string }{
		{"ATOM  ", "a PDB file"}, {"HETATM", "a PDB file"}, {"HEADER", "a PDB file"}, {"REMARK", "a PDB file"},
		{"CRYST1", "a PDB file"}, {"COMPND", "a PDB file"}, {"ROOT", "a PDBQT file"},
		{"data_", "an mmCIF file"}, {"loop_", "an mmCIF file"}, {"_atom_site", "an mmCIF file"},
		{"@<TRIPOS>", "a MOL2 file"}, {"M  V30", "an SDF file"}, {"M  END", "an SDF file"}, {"$$$$", "an SDF file"},
		{"<", "XML or HTML"}, {"{", "JSON"},
	} {
		if strings.HasPrefix(l, f.prefix) {
			return f.what
		}
	}
	if strings.Contains(l, "V2000") || strings.Contains(l, "V3000") {
		return "an SDF file"
	}
	if looksLikeSMILES(l) {
		return "SMILES text"
	}
	return ""
}

// looksLikeSMILES reports whether a line's first word has only the letters and signs of a SMILES and says something.
func looksLikeSMILES(l string) bool {
	f := strings.Fields(l)
	if len(f) == 0 || len(f) > 3 || len(f[0]) < 3 {
		return false
	}
	return strings.Trim(f[0], "CNOFPSBIHclnorsbi0123456789()[]=#@+-/\\%.") == "" && strings.ContainsAny(f[0], "CcNnOo")
}
