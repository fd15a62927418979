package dataset

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// pair is a protein and a ligand that lie together, or one of them and why the other is not there.
type pair struct {
	id              string
	protein, ligand file
	why             string
}

const (
	isOther = iota
	isPDB
	isSDF
)

// kindOf tells by a file's name what it is, and its stem: the name without the extension.
func kindOf(name string) (kind int, stem string) {
	lower := strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch ext := path.Ext(lower); ext {
	case ".pdb", ".ent":
		return isPDB, name[:len(lower)-len(ext)]
	case ".sdf", ".mol":
		return isSDF, name[:len(lower)-len(ext)]
	}
	return isOther, name
}

// Endings of a stem that say what the file holds. Of several proteins with one stem the one whose ending stands first is used: whole proteins before pockets
// that somebody else has cut.
var (
	proteinEndings = []string{"protein", "receptor", "rec", "", "pocket10", "pocket"}
	ligandEndings  = []string{"ligand", "lig", ""}
)

// withoutEnding returns the stem without its ending (the word alone, or behind _ - or .), and the ending's place in the list.
func withoutEnding(stem string, endings []string) (string, int) {
	none := slices.Index(endings, "")
	for rank, e := range endings {
		at := len(stem) - len(e)
		switch {
		case e == "" || at < 0 || !strings.EqualFold(stem[at:], e):
		case at == 0:
			return "", rank
		case strings.ContainsRune("_-.", rune(stem[at-1])):
			return stem[:at-1], rank
		}
	}
	return stem, none
}

// named is a structure file with what its name says.
type named struct {
	file
	stem string // without extension
	key  string // without ending too
	rank int
}

// pairUp pairs the proteins and ligands of one folder (dir, from the source's top, "" for the top itself):
//
//  1. by name: A_protein.pdb or A.pdb with A_ligand.sdf or A.sdf, pocket.pdb with ligand.sdf;
//  2. a ligand whose name begins with a protein's, and _ - or ., with the protein of the longest such name;
//  3. where nothing was paired so far and there is one protein only, each ligand with it, whatever they are called.
//
// The rest are pairs with a reason, but for proteins that only repeat one that is used: those are counted as further.
func pairUp(dir string, files []file) (pairs []pair, further int) {
	var proteins, ligands []named
	for _, f := range files {
		switch kind, stem := kindOf(path.Base(f.name)); kind {
		case isPDB:
			key, rank := withoutEnding(stem, proteinEndings)
			proteins = append(proteins, named{f, stem, key, rank})
		case isSDF:
			key, rank := withoutEnding(stem, ligandEndings)
			ligands = append(ligands, named{f, stem, key, rank})
		}
	}
	slices.SortFunc(proteins, func(a, b named) int {
		return cmp.Or(strings.Compare(a.key, b.key), a.rank-b.rank, strings.Compare(a.name, b.name))
	})
	slices.SortFunc(ligands, func(a, b named) int { return strings.Compare(a.name, b.name) })

	partner := make([]int, len(ligands)) // index into proteins, -1 for none
	found := false
	for i, l := range ligands {
		partner[i] = slices.IndexFunc(proteins, func(p named) bool { return p.key == l.key })
		if partner[i] < 0 {
			partner[i] = longestPrefix(proteins, l.stem)
		}
		found = found || partner[i] >= 0
	}
	alone := len(proteins) > 0 && proteins[0].key == proteins[len(proteins)-1].key
	used, usedKey := map[int]bool{}, map[string]bool{}
	for i, l := range ligands {
		p := pair{id: idOf(dir, l, len(ligands) > 1), ligand: l.file}
		if partner[i] < 0 && !found && alone {
			partner[i] = 0
		}
		switch at := partner[i]; {
		case at >= 0:
			p.protein = proteins[at].file
			used[at], usedKey[proteins[at].key] = true, true
		case len(proteins) == 0 || found:
			p.why = missingProtein
		default:
			p.why = severalProteins
		}
		pairs = append(pairs, p)
	}
	for i, p := range proteins {
		switch {
		case used[i]:
		case usedKey[p.key] || i > 0 && proteins[i-1].key == p.key:
			further++
		default:
			pairs = append(pairs, pair{id: idOf(dir, p, true), protein: p.file, why: missingLigand})
		}
	}
	return pairs, further
}

// longestPrefix returns the protein with the longest name that the ligand's begins with, -1 for none.
func longestPrefix(proteins []named, ligand string) int {
	best, length := -1, 0
	for i, p := range proteins {
		for _, stem := range []string{p.stem, p.key} {
			if n := len(stem); n > length && n < len(ligand) && ligand[:n] == stem && strings.ContainsRune("_-.", rune(ligand[n])) {
				best, length = i, n
			}
		}
	}
	return best
}

// idOf names a complex after its folder, and after the file where the folder is not enough.
func idOf(dir string, f named, several bool) string {
	switch {
	case dir == "":
		return cleanID(cmp.Or(f.key, f.stem))
	case several && f.key != "" && f.key != path.Base(dir):
		return cleanID(dir + "_" + f.key)
	}
	return cleanID(dir)
}

// longestID keeps <id>/pocket.pdb within what every tar can hold.
const longestID = 80

// cleanID makes a name fit for a folder in an archive on every system.
func cleanID(text string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, text)
	if len(id) > longestID {
		id = id[len(id)-longestID:] // the end tells more than the folders above
	}
	if id = strings.TrimLeft(id, ".-"); id == "" {
		id = "complex"
	}
	return id
}
