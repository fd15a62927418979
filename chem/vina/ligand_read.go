package vina

import (
	"slices"
	"strconv"
	"strings"
)

// fragment is a rigid piece as the file has it.
type fragment struct {
	atoms    []int // in file order
	anchor   int   // which of atoms is the branch's end of the bond to the parent; -1 for the root and where not yet seen
	branches []branch
	from, to int // serials of the bond's ends
	hangs    int // the parent's end of the bond
}

type branch struct {
	at int // which of the parent's atoms it hangs on
	*fragment
}

// lone reports whether nothing but the anchor turns with a branch: the branch is then no torsion.
func (f *fragment) lone() bool { return len(f.branches) == 0 && len(f.atoms) == 1 }

// ligandReader reads the tree of fragments.
type ligandReader struct {
	reader
	atoms []atomLine
	root  fragment
}

const (
	ligandHint = "give a ligand as PDBQT with ROOT, BRANCH and TORSDOF lines"
	cutHint    = "the file seems to be cut short"
	maxAtoms   = 1000 // of a ligand; memory and time grow with the square
)

// ReadLigand reads one ligand. The name stands for the file in errors, which are *chem.InputError.
func ReadLigand(pdbqt []byte, name string) (*Ligand, error) {
	r := &ligandReader{reader: reader{file: name, rest: string(pdbqt)}, root: fragment{anchor: -1}}
	if err := r.readRoot(); err != nil {
		return nil, err
	}
	if err := r.readTree(); err != nil {
		return nil, err
	}
	if len(r.root.atoms) == 0 {
		return nil, r.failAll("the ligand has no atoms", ligandHint)
	}
	return r.build()
}

// readRoot reads to the line after ENDROOT.
func (r *ligandReader) readRoot() error {
	inside := false
	for {
		l, ok := r.next()
		switch {
		case !ok && inside:
			return r.failAll("ROOT has no ENDROOT", cutHint)
		case !ok:
			return r.failAll("the ligand has no atoms", ligandHint)
		case ignored(l):
		case !inside && strings.HasPrefix(l, "ROOT"):
			inside = true
		case inside && strings.HasPrefix(l, "ENDROOT"):
			return nil
		case inside && isAtom(l):
			if err := r.add(&r.root, l); err != nil {
				return err
			}
		case isAtom(l):
			return r.fail("an atom before ROOT: this is no ligand", ligandHint)
		default:
			return r.unknown(l)
		}
	}
}

// readTree reads the branches of the root, to the end of the text.
func (r *ligandReader) readTree() error {
	counted := false
	for {
		l, ok := r.next()
		switch {
		case !ok && !counted:
			return r.failAll("no TORSDOF line", cutHint)
		case !ok:
			return nil
		case ignored(l):
		case strings.HasPrefix(l, "BRANCH"):
			if err := r.readBranch(&r.root, l); err != nil {
				return err
			}
		case strings.HasPrefix(l, "TORSDOF") && counted:
			return r.fail("a second TORSDOF line", "give one ligand")
		case strings.HasPrefix(l, "TORSDOF"):
			if _, err := strconv.ParseUint(strings.TrimSpace(l[len("TORSDOF"):]), 10, 32); err != nil {
				return r.fail("TORSDOF needs a number", cutHint)
			}
			counted = true
		case strings.HasPrefix(l, "ROOT"):
			return r.fail("a second ROOT", "give one ligand")
		default:
			return r.unknown(l)
		}
	}
}

// readBranch reads from after the line BRANCH to its ENDBRANCH.
func (r *ligandReader) readBranch(parent *fragment, l string) error {
	f := &fragment{anchor: -1}
	var err error
	if f.from, f.to, err = r.twoSerials(l, "BRANCH"); err != nil {
		return err
	}
	at := slices.IndexFunc(parent.atoms, func(i int) bool { return r.atoms[i].serial == f.from })
	if at < 0 {
		return r.fail("the branch hangs on atom "+strconv.Itoa(f.from)+", which the piece it hangs on does not have", "")
	}
	f.hangs = parent.atoms[at]
	parent.branches = append(parent.branches, branch{at, f})
	for {
		l, ok := r.next()
		switch {
		case !ok:
			return r.failAll("BRANCH "+strconv.Itoa(f.from)+" "+strconv.Itoa(f.to)+" has no ENDBRANCH", cutHint)
		case ignored(l):
		case isAtom(l):
			if err := r.add(f, l); err != nil {
				return err
			}
		case strings.HasPrefix(l, "BRANCH"):
			if err := r.readBranch(f, l); err != nil {
				return err
			}
		case strings.HasPrefix(l, "ENDBRANCH"):
			return r.endBranch(f, l)
		default:
			return r.unknown(l)
		}
	}
}

func (r *ligandReader) endBranch(f *fragment, l string) error {
	from, to, err := r.twoSerials(l, "ENDBRANCH")
	switch {
	case err != nil:
		return err
	case from != f.from || to != f.to:
		return r.fail("ENDBRANCH does not name the branch it ends, "+strconv.Itoa(f.from)+" "+strconv.Itoa(f.to), "")
	case f.anchor < 0:
		return r.fail("the branch lacks its atom "+strconv.Itoa(f.to), cutHint)
	}
	return nil
}

// add reads an atom of a fragment.
func (r *ligandReader) add(f *fragment, l string) error {
	a, err := r.atom(l)
	if err != nil {
		return err
	}
	if len(r.atoms) == maxAtoms {
		return r.fail("more than "+strconv.Itoa(maxAtoms)+" atoms in a ligand", "")
	}
	if f != &r.root && a.serial == f.to {
		f.anchor = len(f.atoms)
	}
	f.atoms = append(f.atoms, len(r.atoms))
	r.atoms = append(r.atoms, a)
	return nil
}

func (r *ligandReader) twoSerials(l, tag string) (from, to int, err error) {
	words := strings.Fields(l[len(tag):])
	if len(words) >= 2 {
		var bad [2]error
		from, bad[0] = strconv.Atoi(words[0])
		to, bad[1] = strconv.Atoi(words[1])
		if bad[0] == nil && bad[1] == nil {
			return from, to, nil
		}
	}
	return 0, 0, r.fail(tag+" needs the numbers of two atoms", "")
}

func (r *ligandReader) unknown(l string) error {
	if strings.HasPrefix(l, "MODEL") {
		return r.fail("a MODEL line", "give one ligand; vina_split takes docked poses apart")
	}
	return r.fail("Vina does not know this line of a ligand, or not here: "+clip(l), ligandHint)
}
