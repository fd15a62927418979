// Package report draws one self-contained HTML page of a run: the figures before and after, the best poses in the pocket in 3D with their contacts, a table of molecules to
// sort, filter and take home, trade-offs, clusters and scaffolds, curves, what was rejected, and what it cost.
//
// The page needs no network and works from a file. Figures, curves and distributions are drawn here, in SVG, and show without JavaScript; the molecules need it.
//
// Names of metrics that the page understands beyond drawing a curve of each:
//
//	X_mean with X_std      one curve of X with a band of one standard deviation, or of 10 to 90 % where the iterations' samples are there
//	seconds_PHASE          where the time of the step went; seconds_total is the whole step
//	reward_calls           rewards computed in the step
//	duplicates, crowded    molecules that the diversity filter paid less
package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"keel/run"
)

// Input is what a page is drawn from. Whatever is empty is left out of the page, which says so.
type Input struct {
	Title     string       // the run's name
	Config    string       // TOML as used
	Metrics   []run.Record // in the order of the steps
	Summary   *run.Summary // figures before and after
	Before    []Molecule   // samples of the untuned model
	After     []Molecule   // samples of the tuned model
	Samples   []Molecule   // samples of the iterations, in their order
	Designs   []Molecule   // the best of the run
	Reference *Molecule    // the ligand known to bind
	Pockets   []Pocket     // of a run over several, which has its molecules there
	Pocket    string       // PDB text
	RefSDF    string       // pose of Reference
	CSV       string       // table of After to offer; made from After when empty

	DesignsSDF, DesignsCSV string // the run's best molecules, to offer

	Missing []string // further things the page lacks, one sentence each

	choice   *choice // what is shown; made by Write where it is nil
	ofPocket bool    // one of several pockets of a run, whose metrics and configuration these are
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

//go:embed viewer.js
var viewerJS string

//go:embed tradeoff.js
var tradeoffJS string

//go:embed assets/3Dmol-min.js
var mol3D string

//go:embed assets/3Dmol-LICENSE.txt
var mol3DLicence string

var page = template.Must(template.New("page").Parse(pageHTML))

// pageData is what page.html shows.
type pageData struct {
	Title, Verdict, Subtitle string
	Missing                  []string
	Figures                  figureTable
	Pockets                  []pocketRow
	Curves                   []curveGroup
	Distributions            []distribution
	HasReference             bool   // a pose of it to show
	HasPose                  bool   // any pose, the reference's included
	HasBefore, HasAfter      bool   // molecules
	AfterWord                string // "after", or "sampled" where nothing was tuned
	Table                    tableData
	Ranking                  string // what molecules are ranked by, in words
	Different, Unread        int    // structures of the tuned model and the iterations; those without a scaffold
	ScaffoldsAll             int
	ClusteredAll             int // molecules that were clustered
	ClustersMany             int // clusters of two or more
	ClustersSingle           int
	Similarity               string // of a cluster's members to its centre
	Rejected                 rejections
	Cost                     *cost
	Config                   string
	Downloads                []download
	CSS                      template.CSS
	Mol3D                    template.JS
	PageJS                   template.JS
	Licence                  string
}

// Write draws the page of in to w.
func Write(w io.Writer, in *Input) error {
	c := in.choice
	if c == nil {
		c = in.choose()
	}
	t := table(in, c)
	data := pageData{
		Title:         in.Title,
		Verdict:       verdict(*in),
		Subtitle:      subtitle(*in),
		Figures:       figures(*in),
		Pockets:       pocketRows(in.Pockets),
		Curves:        curves(in.Metrics, in.Samples),
		Distributions: distributions(*in),
		HasReference:  in.RefSDF != "",
		HasPose:       in.RefSDF != "" || slices.ContainsFunc(c.shown, func(m *Molecule) bool { return m.SDF != "" }),
		HasBefore:     len(in.Before) > 0,
		HasAfter:      len(in.After) > 0,
		AfterWord:     afterWord(*in),
		Table:         t,
		Ranking:       strings.ToLower(describeRanking(c.rank)),
		Different:     c.different,
		Unread:        c.unread,
		ScaffoldsAll:  len(c.scaffolds),
		Similarity:    format(clusterSimilarity, 1),
		Rejected:      rejected(*in),
		Cost:          costs(in.Metrics),
		Config:        in.Config,
		Downloads:     downloads(*in),
		CSS:           template.CSS(pageCSS),
		Licence:       mol3DLicence,
	}
	for _, g := range t.Clusters {
		data.ClusteredAll += g.Count
		if g.Count > 1 {
			data.ClustersMany++
		} else {
			data.ClustersSingle++
		}
	}
	data.Missing = append(missing(*in, data.HasPose), in.Missing...)
	if len(t.Molecules) > 0 || in.RefSDF != "" {
		data.PageJS = template.JS(pageJS + viewerJS + tradeoffJS)
	}
	if data.HasPose {
		data.Mol3D = template.JS(mol3D)
	}
	return page.Execute(w, data)
}

func describeRanking(r ranking) string {
	for _, q := range quantities {
		if q.key == r.key {
			return q.label
		}
	}
	return r.key
}

func afterWord(in Input) string {
	if len(in.Metrics) == 0 && len(in.Before) == 0 {
		return "sampled"
	}
	return "after"
}

// missing says which parts the page has to do without.
func missing(in Input, poses bool) []string {
	var all []string
	lacks := func(lacking bool, sentence string) {
		if lacking {
			all = append(all, sentence)
		}
	}
	lacks(in.Summary == nil && !in.ofPocket, "No summary yet (summary.json): the run still goes on, or only sampled.")
	lacks(len(in.Metrics) == 0, "No metrics (metrics.jsonl): there are no curves and no costs.")
	if len(in.Pockets) > 0 {
		return all // molecules are theirs
	}
	lacks(len(in.After) == 0, "No molecules of the tuned model (after.json, molecules.sdf) yet.")
	lacks(len(in.Before) == 0, "No molecules of the untuned model (before.json) to compare with.")
	lacks(len(in.Metrics) > 0 && len(in.Samples) == 0, "No molecules of the iterations (samples/): the run is of an earlier Keel. Curves have no 10 to 90 % bands, and rewards are not known by molecule.")
	lacks(!poses, "No poses (molecules.sdf): there is nothing to show in 3D.")
	lacks(in.Pocket == "", "No pocket (pocket.pdb): poses show without the protein.")
	return all
}
