// Package report draws one self-contained HTML page of a run: the figures before and after, curves, poses in the pocket in 3D, and 2D pictures.
//
// The page needs no network and works from a file. All but the 3D view is drawn here, in SVG, and shows without JavaScript.
//
// Names of metrics that the page understands beyond drawing a curve of each:
//
//	X_mean with X_std      one curve of X with a band of one standard deviation
//	seconds_PHASE          where the time of the step went; seconds_total is the whole step
//	reward_calls           rewards computed in the step
package report

import (
	_ "embed"
	"html/template"
	"io"

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
	Reference *Molecule    // the ligand known to bind
	Pocket    string       // PDB text
	BeforeSDF string       // poses of Before, in the pocket's frame; records are matched by name
	AfterSDF  string       // poses of After
	RefSDF    string       // pose of Reference
	CSV       string       // table of After to offer; made from After when empty
	Missing   []string     // further things the run folder lacks, one sentence each
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed viewer.js
var viewerJS string

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
	Curves                   []curveGroup
	Distributions            []distribution
	Poses                    []pose
	HasReference             bool   // a pose of it to show
	HasBefore, HasAfter      bool   // molecules
	AfterWord                string // "after", or "sampled" where nothing was tuned
	Viewer                   viewerData
	Galleries                []gallery
	Rejected                 rejections
	Cost                     *cost
	Config                   string
	Downloads                []download
	CSS                      template.CSS
	Mol3D, ViewerJS          template.JS
	Licence                  string
}

// Write draws the page of in to w.
func Write(w io.Writer, in Input) error {
	after := ranked(in.After)
	poses := bestPoses(after, in.AfterSDF, 12)
	data := pageData{
		Title:         in.Title,
		Verdict:       verdict(in),
		Subtitle:      subtitle(in),
		Missing:       append(missing(in, poses), in.Missing...),
		Figures:       figures(in),
		Curves:        curves(in.Metrics),
		Distributions: distributions(in),
		Poses:         poses,
		HasReference:  in.RefSDF != "",
		HasBefore:     len(in.Before) > 0,
		HasAfter:      len(in.After) > 0,
		AfterWord:     afterWord(in),
		Viewer:        viewer(in, poses),
		Galleries:     galleries(after, ranked(in.Before), afterWord(in)),
		Rejected:      rejected(in.Before, in.After),
		Cost:          costs(in.Metrics),
		Config:        in.Config,
		Downloads:     downloads(in),
		CSS:           template.CSS(pageCSS),
		ViewerJS:      template.JS(viewerJS),
		Licence:       mol3DLicence,
	}
	if len(poses) > 0 || in.RefSDF != "" {
		data.Mol3D = template.JS(mol3D)
	}
	return page.Execute(w, data)
}

func afterWord(in Input) string {
	if len(in.Metrics) == 0 && len(in.Before) == 0 {
		return "sampled"
	}
	return "after"
}

// missing says which parts the page has to do without.
func missing(in Input, poses []pose) []string {
	var all []string
	lacks := func(lacking bool, sentence string) {
		if lacking {
			all = append(all, sentence)
		}
	}
	lacks(in.Summary == nil, "No summary yet (summary.json): the run still goes on, or only sampled.")
	lacks(len(in.Metrics) == 0, "No metrics (metrics.jsonl): there are no curves and no costs.")
	lacks(len(in.After) == 0, "No scored molecules (after.json): there is no gallery and no distribution.")
	lacks(len(in.Before) == 0, "No molecules of the untuned model (before.json) to compare with.")
	lacks(len(poses) == 0, "No poses (molecules.sdf): there is nothing to show in 3D.")
	lacks(in.Pocket == "", "No pocket (pocket.pdb): poses show without the protein.")
	return all
}
