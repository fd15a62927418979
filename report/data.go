package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"keel/chem/contact"
)

// tableData is what the page's scripts work on.
type tableData struct {
	Run       string       `json:"run"`
	Columns   []columnData `json:"columns"`
	Rank      string       `json:"rank"` // the column that the molecules are ranked by
	Molecules []rowData    `json:"molecules"`
	Reference *rowData     `json:"reference"`
	Pocket    string       `json:"pocket"` // PDB text
	Centre    []float64    `json:"centre"` // where no ligand said where the pocket is; Å
	Clusters  []groupData  `json:"clusters"`
	Scaffolds []groupData  `json:"scaffolds"`
}

type columnData struct {
	Key    string `json:"key"`
	Label  string `json:"label"`
	Short  string `json:"short"`
	Unit   string `json:"unit"`
	Digits int    `json:"digits"`
	Better int    `json:"better"` // +1 more, -1 less, 0 neither
	Help   string `json:"help"`
}

// rowData is a molecule.
type rowData struct {
	Name     string             `json:"name"`
	Set      string             `json:"set"`
	Step     int                `json:"step"`
	Rank     int                `json:"rank"` // from 1, the untuned model's molecules among themselves; 0 for the reference
	SMILES   string             `json:"smiles"`
	Picture  string             `json:"picture"` // SVG text
	SDF      string             `json:"sdf"`
	Values   map[string]float64 `json:"values"`
	Texts    map[string]string  `json:"texts"`
	Contacts []contactData      `json:"contacts"`
	Copies   int                `json:"copies"`   // samples that are this structure
	Cluster  int                `json:"cluster"`  // number from 1; 0 for none
	Scaffold int                `json:"scaffold"` // number from 1; 0 for none
}

// groupData is a cluster or a scaffold. Its best member is a row.
type groupData struct {
	SMILES string `json:"smiles"` // of a scaffold; empty where it has no rings
	Count  int    `json:"count"`
	Best   int    `json:"best"`
}

func table(in *Input, c *choice) tableData {
	d := tableData{Run: in.Title, Columns: []columnData{}, Rank: c.rank.key, Molecules: []rowData{}, Pocket: in.Pocket, Centre: centreOf(in.Config),
		Clusters: []groupData{}, Scaffolds: []groupData{}}
	var site *contact.Site
	if p, err := in.protein(); err == nil && p != nil {
		site = contact.NewSite(p)
	}
	for _, q := range present(c.shown) {
		d.Columns = append(d.Columns, columnData{q.key, q.label, q.short, q.unit, q.digits, q.better, q.help})
	}
	place, before := map[*Molecule]int{}, 0
	for i, m := range c.shown {
		place[m] = i
		r := row(m, site)
		r.Rank, r.Copies = i+1, c.copies[m]
		if m.Set == "before" {
			before++
			r.Rank = before
		}
		if k, ok := c.scaffold[m]; ok {
			r.Scaffold = k + 1
		}
		d.Molecules = append(d.Molecules, r)
	}
	for _, s := range c.scaffolds[:min(len(c.scaffolds), mostGroups)] {
		if s.count == 1 {
			break
		}
		d.Scaffolds = append(d.Scaffolds, groupData{s.smiles, s.count, place[s.best]})
	}
	d.cluster(c)
	if in.Reference != nil || in.RefSDF != "" {
		ref := in.Reference
		if ref == nil {
			ref = new(newMolecule())
		}
		r := row(ref, site)
		if r.Set = "reference"; r.SDF == "" {
			r.SDF = in.RefSDF
			r.Contacts = contactsOf(site, r.SDF)
		}
		d.Reference = &r
	}
	return d
}

func row(m *Molecule, site *contact.Site) rowData {
	return rowData{Name: m.Name, Set: m.Set, Step: m.Step, SMILES: m.SMILES, Picture: compactPicture(m.Depiction), SDF: m.SDF, Values: m.Values, Texts: m.Texts,
		Contacts: contactsOf(site, m.SDF)}
}

// cluster numbers the clusters of the molecules that are not the untuned model's, by their size. The best member is the one of the best rank.
func (d *tableData) cluster(c *choice) {
	var at []int
	var prints [][]byte
	for i, m := range c.shown {
		if m.Set != "before" && len(m.Fingerprint) > 0 {
			at, prints = append(at, i), append(prints, m.Fingerprint)
		}
	}
	for n, members := range butina(prints, clusterSimilarity) {
		for _, k := range members {
			d.Molecules[at[k]].Cluster = n + 1
		}
		d.Clusters = append(d.Clusters, groupData{"", len(members), at[slices.MinFunc(members, cmp.Compare[int])]})
	}
}

// centreOf is the configuration's [pocket] center where it has no ligand.
func centreOf(config string) []float64 {
	var c struct {
		Pocket struct {
			Ligand string    `toml:"ligand"`
			Center []float64 `toml:"center"`
		} `toml:"pocket"`
	}
	if err := toml.Unmarshal([]byte(config), &c); err != nil || c.Pocket.Ligand != "" || len(c.Pocket.Center) != 3 {
		return []float64{}
	}
	for _, x := range c.Pocket.Center {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return []float64{}
		}
	}
	return c.Pocket.Center
}
