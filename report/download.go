package report

import (
	"encoding/base64"
	"encoding/csv"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// download is a file that the page carries. Poses are not among them: the page's own buttons write them, with the figures as data items.
type download struct {
	Name, What string
	URI        template.URL
}

func downloads(in Input) []download {
	after := in.CSV
	if after == "" {
		after = csvOf(in.After)
	}
	var all []download
	for _, d := range []struct{ name, what, kind, text string }{
		{"designs.sdf", "the best molecules of the run, with their poses", "chemical/x-mdl-sdfile", in.DesignsSDF},
		{"designs.csv", "their scores", "text/csv", in.DesignsCSV},
		{"molecules.csv", "scores of the tuned model's molecules, rejected ones too", "text/csv", after},
		{"before.csv", "of the untuned model's", "text/csv", csvOf(in.Before)},
		{"reference.sdf", "reference ligand", "chemical/x-mdl-sdfile", in.RefSDF},
		{"pocket.pdb", "pocket", "chemical/x-pdb", in.Pocket},
		{"config.toml", "configuration", "application/toml", in.Config},
	} {
		if d.text != "" {
			uri := "data:" + d.kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(d.text))
			all = append(all, download{d.name, d.what, template.URL(uri)})
		}
	}
	return all
}

// csvOf is a table of the molecules with every figure and text that any of them has.
func csvOf(all []Molecule) string {
	if len(all) == 0 {
		return ""
	}
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m.Values {
			keys[key] = true
		}
		for key := range m.Texts {
			keys[key] = true
		}
	}
	columns := slices.Sorted(maps.Keys(keys))
	var out strings.Builder
	w := csv.NewWriter(&out)
	rows := [][]string{append(append([]string{"name", "smiles"}, columns...), "error")}
	for _, m := range all {
		row := []string{m.Name, m.SMILES}
		for _, key := range columns {
			text := m.Texts[key]
			if v, ok := m.Values[key]; ok {
				text = strconv.FormatFloat(v, 'g', -1, 64)
			}
			row = append(row, text)
		}
		rows = append(rows, append(row, m.Error))
	}
	_ = w.WriteAll(rows) // a strings.Builder takes everything
	return out.String()
}
