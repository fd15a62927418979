package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"keel/chem"
	"keel/evaluate"
	"keel/task/pocket"
)

// readPockets reads --pockets: a folder of pockets, or a text with a line for each.
func readPockets(path string) ([]pocket.NamedPocket, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("--pockets %s: no such file or folder", path)
	}
	if !info.IsDir() {
		return readPocketList(path)
	}
	found, bad, err := evaluate.FindPockets(path, "")
	if err == nil && len(bad) > 0 {
		err = bad[0]
	}
	if err != nil {
		return nil, err
	}
	var list []pocket.NamedPocket
	for _, p := range found {
		list = append(list, pocket.NamedPocket{Name: p.Name, Protein: p.Receptor, Ligand: p.Ligand})
	}
	return list, nil
}

// readPocketList reads lines of protein.pdb, then ligand.sdf or x,y,z, then a name; the name is the protein's file's where there is none. Paths are
// relative to the list. Empty lines and those that begin with # are passed over.
func readPocketList(path string) (list []pocket.NamedPocket, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	folder := filepath.Dir(path)
	named := map[string]int{} // lines by name
	in := bufio.NewScanner(f)
	for number := 1; in.Scan(); number++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		bad := func(format string, args ...any) error {
			return &chem.InputError{File: path, Line: number, Problem: fmt.Sprintf(format, args...), Hint: "expected protein.pdb, then ligand.sdf or x,y,z, then a name if it shall have one"}
		}
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' })
		if len(fields) == 1 {
			fields = strings.Fields(line)
		}
		if len(fields) < 2 || len(fields) > 3 {
			return nil, bad("%d columns", len(fields))
		}
		p := pocket.NamedPocket{Protein: beside(folder, fields[0]), Name: strings.TrimSuffix(strings.TrimSuffix(filepath.Base(fields[0]), ".gz"), ".pdb")}
		if strings.Count(fields[1], ",") == 2 {
			v, err := parseVec(fields[1])
			if err != nil {
				return nil, bad("%v", err)
			}
			p.Centre = v[:]
		} else {
			p.Ligand = beside(folder, fields[1])
		}
		if len(fields) == 3 {
			p.Name = fields[2]
		}
		if before, twice := named[p.Name]; twice {
			return nil, bad("the name %s is that of line %d", p.Name, before)
		}
		named[p.Name] = number
		list = append(list, p)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, &chem.InputError{File: path, Problem: "no pocket in it"}
	}
	return list, nil
}

// beside is a path that is relative to a folder.
func beside(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
