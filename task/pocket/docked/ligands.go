package docked

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"keel/chem"
)

// library holds SDF records by their number of atoms, as text: a molecule takes several times the memory.
type library map[int][]record

type record struct {
	number int // in the file, from 0
	text   string
}

// readLigands reads the records whose count of atoms is within the bounds. They hold heavy atoms only; one with hydrogens among them
// is filed under too many atoms, and told by accept.
func readLigands(file string, s Settings) (library, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		in = bufio.NewReaderSize(z, 1<<20)
	}
	out := library{}
	var text strings.Builder
	for number, line, atoms := 0, 0, 0; ; {
		l, err := in.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: record %d: %w", file, number+1, err)
		}
		text.WriteString(l)
		if line++; line == 4 && len(l) >= 3 {
			atoms, _ = strconv.Atoi(strings.TrimSpace(l[:3]))
		}
		if strings.HasPrefix(l, "$$$$") {
			if atoms >= s.MinAtoms && atoms <= s.MaxAtoms {
				out[atoms] = append(out[atoms], record{number, text.String()})
			}
			text.Reset()
			number, line, atoms = number+1, 0, 0
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no molecule of %d to %d atoms", file, s.MinAtoms, s.MaxAtoms)
	}
	return out, nil
}

// draw takes a random record whose size is near that of the pocket's own ligand.
func (l library) draw(rng *rand.Rand, heavy int, s Settings) record {
	const spread = 4 // atoms
	middle := min(max(float64(heavy), float64(s.MinAtoms)+3), float64(s.MaxAtoms)-3)
	for {
		n := int(math.Round(middle + spread*rng.NormFloat64()))
		if some := l[n]; len(some) > 0 {
			return some[rng.IntN(len(some))]
		}
	}
}

// molecule parses a record into heavy atoms.
func (r record) molecule() (*chem.Molecule, error) {
	mols, bad, err := chem.ParseSDF(strings.NewReader(r.text), fmt.Sprintf("ligand %d", r.number))
	switch {
	case err != nil:
		return nil, err
	case len(bad) > 0:
		return nil, bad[0]
	}
	return mols[0].HeavyOnly(), nil
}
