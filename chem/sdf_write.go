package chem

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxV2000 is the most atoms or bonds that a V2000 record can count.
const maxV2000 = 999

// WriteSDF writes V2000 records with M  CHG lines and data items, and no date, so that equal molecules give equal bytes. It
// fails, naming the molecule, at what the format cannot hold: more than 999 atoms or bonds, a coordinate that is not finite or
// not below 10,000 Å, an atom without an element, a key or value that would break the record.
func WriteSDF(w io.Writer, mols []*Molecule) error {
	bw := bufio.NewWriter(w)
	for i, m := range mols {
		if err := writeRecord(bw, m); err != nil {
			return fmt.Errorf("SDF record %d (%s): %w", i+1, oneLine(m.Name), err)
		}
	}
	return bw.Flush()
}

func writeRecord(w *bufio.Writer, m *Molecule) error {
	if len(m.Atoms) > maxV2000 || len(m.Bonds) > maxV2000 {
		return fmt.Errorf("%d atoms and %d bonds, V2000 holds %d", len(m.Atoms), len(m.Bonds), maxV2000)
	}
	if strings.HasPrefix(oneLine(m.Name), "$$$$") {
		return fmt.Errorf("the name would end the record")
	}
	fmt.Fprintf(w, "%s\n  Keel              3D\n\n", oneLine(m.Name))
	fmt.Fprintf(w, "%3d%3d  0  0  0  0  0  0  0  0999 V2000\n", len(m.Atoms), len(m.Bonds))
	for i, a := range m.Atoms {
		if !fits(a.Pos, -9999.9999, 9999.9999) {
			return fmt.Errorf("atom %d at %v cannot be written", i+1, a.Pos)
		}
		if a.Element == 0 {
			return fmt.Errorf("atom %d has no element", i+1)
		}
		fmt.Fprintf(w, "%10.4f%10.4f%10.4f %-3v 0  0  0  0  0  0  0  0  0  0  0  0\n", a.Pos[0], a.Pos[1], a.Pos[2], a.Element)
	}
	for _, b := range m.Bonds {
		if b.A < 0 || b.A >= b.B || b.B >= len(m.Atoms) || b.Order < 1 || b.Order > 3 {
			return fmt.Errorf("bond %+v is none between %d atoms", b, len(m.Atoms))
		}
		fmt.Fprintf(w, "%3d%3d%3d  0\n", b.A+1, b.B+1, b.Order)
	}
	writeCharges(w, m.Atoms)
	fmt.Fprint(w, "M  END\n")
	for _, p := range m.Props {
		if err := writeProp(w, p); err != nil {
			return err
		}
	}
	_, err := w.WriteString("$$$$\n")
	return err
}

// writeCharges writes M  CHG lines, up to eight charged atoms on each.
func writeCharges(w *bufio.Writer, atoms []Atom) {
	var charged []int
	for i, a := range atoms {
		if a.Charge != 0 {
			charged = append(charged, i)
		}
	}
	for line := range slices.Chunk(charged, 8) {
		fmt.Fprintf(w, "M  CHG%3d", len(line))
		for _, i := range line {
			fmt.Fprintf(w, " %3d %3d", i+1, atoms[i].Charge)
		}
		fmt.Fprint(w, "\n")
	}
}

func writeProp(w *bufio.Writer, p Prop) error {
	if p.Key == "" || strings.ContainsAny(p.Key, "<>\r\n") {
		return fmt.Errorf("the data key %q cannot be written", p.Key)
	}
	value := strings.Split(p.Value, "\n")
	for _, l := range value {
		if p.Value != "" && strings.TrimSpace(l) == "" || strings.HasPrefix(l, "$$$$") || strings.Contains(l, "\r") {
			return fmt.Errorf("the value of %s has a line %q that would break the record", p.Key, l)
		}
	}
	_, err := fmt.Fprintf(w, ">  <%s>\n%s\n", p.Key, p.Value)
	if err == nil && p.Value != "" {
		_, err = w.WriteString("\n")
	}
	return err
}

// fits reports whether the coordinates are finite and within the limits.
func fits(v Vec, low, high float64) bool {
	for _, x := range v {
		if !(x >= low && x <= high) {
			return false
		}
	}
	return true
}

// oneLine makes a name fit for a header line.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, s))
}
