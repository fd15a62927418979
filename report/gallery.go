package report

import (
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// gallery is the 2D pictures of one set of molecules, best first.
type gallery struct {
	Title string
	Open  bool
	First []card // shown at once
	Rest  []card // shown on request
	Left  int    // molecules beyond those
}

type card struct {
	Rank    int
	Name    string
	SMILES  string
	Picture template.URL // data: URI; empty without depiction
	Facts   []fact
}

type fact struct{ Label, Value string }

// Pictures in a gallery: at once, and in all (each takes some kilobytes of the page).
const galleryFirst, galleryMost = 24, 120

func galleries(after, before []Molecule, afterWord string) []gallery {
	title := map[string]string{"after": "After tuning", "sampled": "As sampled"}
	var all []gallery
	for _, g := range []struct {
		title string
		list  []Molecule
	}{{title[afterWord], after}, {"Before tuning", before}} {
		if len(g.list) == 0 {
			continue
		}
		var cards []card
		for i := range g.list[:min(len(g.list), galleryMost)] {
			cards = append(cards, cardOf(i+1, &g.list[i]))
		}
		first := min(len(cards), galleryFirst)
		all = append(all, gallery{Title: g.title, Open: len(all) == 0, First: cards[:first], Rest: cards[first:], Left: len(g.list) - len(cards)})
	}
	return all
}

func cardOf(rank int, m *Molecule) card {
	c := card{Rank: rank, Name: m.Name, SMILES: m.SMILES}
	if m.Depiction != "" {
		// As an image the drawing can neither run scripts nor clash with the page's names.
		c.Picture = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(m.Depiction)))
	}
	c.Facts = facts(m, shortLabels)
	return c
}

// shortLabels fit under a picture.
var shortLabels = map[string]string{
	"reward": "Reward", "vina_score": "Vina", "vina_min": "Vina min", "vina_dock": "Vina dock", "qed": "QED", "sa": "SA", "atoms": "Atoms", "logp": "logP",
}

func facts(m *Molecule, labels map[string]string) []fact {
	var all []fact
	for _, q := range quantities {
		if v, ok := m.Values[q.key]; ok && labels[q.key] != "" {
			all = append(all, fact{labels[q.key], format(v, min(q.digits, 2))})
		}
	}
	return all
}

// rejections counts the samples without scores, by reason.
type rejections struct {
	Rows                        []rejection
	Before, After               int // rejected
	BeforeSamples, AfterSamples int
}

type rejection struct {
	Reason        string
	Before, After int
}

func rejected(before, after []Molecule) rejections {
	r := rejections{BeforeSamples: len(before), AfterSamples: len(after)}
	rows := map[string]*rejection{}
	count := func(all []Molecule, sum *int, of func(*rejection) *int) {
		for i := range all {
			reason := all[i].Error
			if reason == "" {
				continue
			}
			if rows[reason] == nil {
				rows[reason] = &rejection{Reason: reason}
			}
			*of(rows[reason])++
			*sum++
		}
	}
	count(before, &r.Before, func(r *rejection) *int { return &r.Before })
	count(after, &r.After, func(r *rejection) *int { return &r.After })
	for _, row := range rows {
		r.Rows = append(r.Rows, *row)
	}
	slices.SortFunc(r.Rows, func(a, b rejection) int {
		return cmp.Or(cmp.Compare(b.Before+b.After, a.Before+a.After), cmp.Compare(a.Reason, b.Reason))
	})
	return r
}

// download is a file that the page carries.
type download struct {
	Name, What string
	URI        template.URL
}

func downloads(in Input) []download {
	table := in.CSV
	if table == "" {
		table = csvOf(in.After)
	}
	var all []download
	for _, d := range []struct{ name, what, kind, text string }{
		{"molecules.sdf", "poses", "chemical/x-mdl-sdfile", in.AfterSDF},
		{"molecules.csv", "scores of these", "text/csv", table},
		{"before.sdf", "poses before tuning", "chemical/x-mdl-sdfile", in.BeforeSDF},
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

// csvOf is a table of the molecules with every figure that any of them has.
func csvOf(all []Molecule) string {
	if len(all) == 0 {
		return ""
	}
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m.Values {
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
			text := ""
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
