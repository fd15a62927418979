package evaluate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"keel/chem"
)

// Pocket is one target: the files of its folder.
type Pocket struct {
	Name      string   // the folder's
	Receptor  string   // PDB file
	Ligand    string   // SDF file of the reference ligand
	Molecules []string // SDF files of generated molecules; none where there are none
}

// FindPockets lists the pockets in the folders of dir, by name. A pocket's receptor is receptor.pdb, else its only PDB file that is not named
// *pocket10.pdb; its reference is ligand.sdf; its molecules are molecules.sdf, else samples/*.sdf, by name. With samples, the molecules are
// looked for in that folder's folders of the pockets' names instead. Files may be gzipped (.gz).
//
// bad holds one *chem.InputError for each folder that is no pocket. The error is for what stops the whole: no folder, or no pocket in it.
func FindPockets(dir, samples string) (pockets []Pocket, bad []error, err error) {
	names, err := folders(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		p, err := pocketIn(filepath.Join(dir, name), name)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		where := filepath.Join(dir, name)
		if samples != "" {
			where = filepath.Join(samples, name)
		}
		p.Molecules = moleculesIn(where)
		pockets = append(pockets, p)
	}
	if len(pockets) == 0 {
		if len(bad) > 0 {
			return nil, bad, bad[0]
		}
		return nil, nil, &chem.InputError{File: dir, Problem: "no pockets in it", Hint: "expected a folder for each, with receptor.pdb and ligand.sdf"}
	}
	if samples == "" {
		return pockets, bad, nil
	}
	others, err := folders(samples)
	if err != nil {
		return nil, bad, err
	}
	for _, name := range others {
		if !slices.Contains(names, name) {
			bad = append(bad, &chem.InputError{File: filepath.Join(samples, name), Problem: "samples of a pocket that is not in " + dir})
		}
	}
	return pockets, bad, nil
}

// folders lists the names of dir's folders, hidden ones left out.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		problem := "cannot be read as a folder"
		if os.IsNotExist(err) {
			problem = "no such folder"
		}
		return nil, &chem.InputError{File: dir, Problem: problem, Hint: "name a folder that holds one folder for each pocket"}
	}
	var names []string
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func pocketIn(dir, name string) (Pocket, error) {
	p := Pocket{Name: name}
	if p.Receptor = firstOf(dir, "receptor.pdb"); p.Receptor == "" {
		var others []string
		for _, path := range all(dir, ".pdb") {
			if !strings.HasSuffix(strings.TrimSuffix(path, ".gz"), "pocket10.pdb") {
				others = append(others, path)
			}
		}
		if len(others) != 1 {
			return p, &chem.InputError{File: dir, Problem: fmt.Sprintf("no receptor.pdb, and %d other PDB files", len(others)),
				Hint: "name the protein's file receptor.pdb"}
		}
		p.Receptor = others[0]
	}
	if p.Ligand = firstOf(dir, "ligand.sdf"); p.Ligand == "" {
		return p, &chem.InputError{File: dir, Problem: "no ligand.sdf", Hint: "the reference ligand's pose is needed"}
	}
	return p, nil
}

func moleculesIn(dir string) []string {
	if path := firstOf(dir, "molecules.sdf"); path != "" {
		return []string{path}
	}
	return all(filepath.Join(dir, "samples"), ".sdf")
}

// firstOf is the path of the named file in dir, plain or gzipped, or "".
func firstOf(dir, name string) string {
	for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, name+".gz")} {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return ""
}

// all lists dir's files that end so, plain or gzipped, by name; none if there is no dir.
func all(dir, ending string) (paths []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(strings.TrimSuffix(e.Name(), ".gz"), ending) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}
