package chem

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WritePDB writes a protein with TER after each chain and END last: amino acids and nucleotides as ATOM, all else as HETATM. It fails at
// what the format cannot hold, such as a name of five letters or a coordinate beyond its eight columns.
func WritePDB(w io.Writer, p *Protein) error {
	bw := bufio.NewWriter(w)
	serial := 0
	for i, r := range p.Residues {
		for _, a := range p.ResidueAtoms(i) {
			serial++
			line, err := pdbLine(serial, r, a)
			if err != nil {
				return err
			}
			fmt.Fprintf(bw, "%s  1.00  0.00          %2s\n", line, strings.ToUpper(a.Element.String()))
		}
		if endsChain(p, i) {
			fmt.Fprintln(bw, "TER")
		}
	}
	fmt.Fprintln(bw, "END")
	return bw.Flush()
}

// endsChain reports whether a polymer's last residue is i.
func endsChain(p *Protein, i int) bool {
	return !p.Residues[i].Het && (i+1 == len(p.Residues) || p.startsChain(i+1))
}

// pdbLine returns columns 1-54 of an atom's line, as PDB and PDBQT share them. Serial numbers start again beyond 99999.
func pdbLine(serial int, r Residue, a ProteinAtom) (string, error) {
	seq, ok := toHybrid36(r.Seq)
	switch {
	case !ok, len(r.Chain) > 1, len(r.Name) > 4, len(a.Name) > 4, a.Element == 0, !printable(r.Name + r.Chain + a.Name), r.ICode != 0 && (r.ICode <= ' ' || r.ICode > '~'):
		return "", fmt.Errorf("PDB cannot hold atom %q of residue %q", a.Name, r.label())
	case !fits(a.Pos, -999.999, 9999.999):
		return "", fmt.Errorf("PDB cannot hold atom %s of %s at %v", a.Name, r.label(), a.Pos)
	}
	record, icode := "ATOM", byte(' ')
	if r.Het {
		record = "HETATM"
	}
	if r.ICode != 0 {
		icode = r.ICode
	}
	return fmt.Sprintf("%-6s%5d %-4s %-4s%1s%s%c   %8.3f%8.3f%8.3f", record, serial%100000, alignName(a), alignResidue(r.Name),
		r.Chain, seq, icode, a.Pos[0], a.Pos[1], a.Pos[2]), nil
}

// alignName puts one-letter elements in the second column, unless the name needs all four.
func alignName(a ProteinAtom) string {
	if len(a.Name) < 4 && !(len(a.Element.String()) == 2 && strings.HasPrefix(a.Name, strings.ToUpper(a.Element.String()))) {
		return " " + a.Name
	}
	return a.Name
}

// alignResidue puts names of up to three letters to the right of their three columns.
func alignResidue(name string) string { return fmt.Sprintf("%3s", name) }

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
