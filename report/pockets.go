package report

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
)

// Pocket is one of several pockets of a run, with a page of its own.
type Pocket struct {
	Name, Folder           string
	Before, After, Designs []Molecule
	Reference              *Molecule // the ligand known to bind; nil where only a centre was given
}

// loadPockets reads the pockets of a run over several; a run over one has none.
func loadPockets(dir string) ([]Pocket, error) {
	entries, err := os.ReadDir(filepath.Join(dir, pocketsFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var list []Pocket
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		p := Pocket{Name: e.Name(), Folder: filepath.Join(dir, pocketsFolder, e.Name())}
		if p.Before, p.After, p.Designs, err = loadSets(p.Folder); err != nil {
			return nil, err
		}
		if p.Reference, err = loadReference(p.Folder); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// pocketRow is what the page of the whole run says of a pocket.
type pocketRow struct {
	Name, Link             string // the pocket's own page, beside this one
	Reference              string // its ligand's minimised energy, kcal/mol
	Before, After, Designs pocketCell
	Best                   template.URL // picture of the best design; empty where there is none
	BestSMILES             string
}

// pocketCell is the means of a set.
type pocketCell struct{ Merit, Energy string }

func pocketRows(list []Pocket) (rows []pocketRow) {
	for _, p := range list {
		row := pocketRow{Name: p.Name, Link: pocketsFolder + "/" + p.Name + "/report.html", Reference: "–",
			Before: cellOf(p.Before), After: cellOf(p.After), Designs: cellOf(p.Designs)}
		if p.Reference != nil {
			row.Reference = format(p.Reference.value("vina_min"), 2)
		}
		if len(p.Designs) > 0 { // the best comes first
			best := p.Designs[0]
			if row.BestSMILES = best.SMILES; best.Depiction != "" {
				row.Best = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(compactPicture(best.Depiction))))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func cellOf(list []Molecule) pocketCell {
	mean := func(key string, digits int) string { return format(meanOf(valuesOf(list, key)), digits) }
	return pocketCell{Merit: mean("merit", 3), Energy: mean("vina_min", 2)}
}
