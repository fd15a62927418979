package evaluate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keel/oracle"
)

func exampleReport() *Report {
	r := &Report{Protocol: Protocol{Docked: true, Docker: DockerVina, Exhaustiveness: 16, Seed: 1, Box: TargetDiffBox}, Targets: example(), Published: PublishedRows(),
		LeftOut: []string{"d: no ligand.sdf"}}
	r.Rows = Tabulate(r.Targets, Options{Name: "50% of A_B & co", Seed: 1})
	return r
}

func write(t *testing.T, to func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := to(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	text := write(t, func(b *bytes.Buffer) error { return WriteText(b, exampleReport()) })
	lines := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		lines[strings.Join(strings.Fields(line), " ")] = line
	}
	for _, want := range []string{
		"Reference -5.67 -6.00 -6.67 -7.00 -6.17 -7.00 - - 0.57 0.50 0.57 0.50 - 33.3",
		"50% of A_B & co -3.40 -4.00 -4.40 -5.00 -7.50 -7.50 33.3 33.3 0.54 0.60 0.74 0.70 0.56 25.0",
		"TargetDiff [6] -5.47 -6.30 -6.64 -6.83 -7.80 -7.91 58.1 59.1 0.48 0.48 0.58 0.58 - 10.5",
		"50% of A_B & co 2 8 7 6 5 5 4",
		"50% of A_B & co: 1 × docking failed",
		"50% of A_B & co: pockets without molecules: 1",
		"left out: d: no ligand.sdf",
		"Vina Score mean (kcal/mol) -3.40 -3.75 2.47 -5.50 -2.00 5 2",
	} {
		if _, ok := lines[want]; !ok {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if !strings.Contains(text, "[12] DiffAC: ") || !strings.Contains(text, "exhaustiveness 16, seed 1") {
		t.Error(text)
	}
}

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		write func(*bytes.Buffer) error
		rows  int
		cells map[string]string // of the row of the molecules
	}{
		{func(b *bytes.Buffer) error { return WriteCSV(b, exampleReport()) }, 2 + len(PublishedRows()), map[string]string{
			"name": "50% of A_B & co", "asked": "8", "valid": "0.75", "docked": "4", "success": "0.25", "novel": "", "source": "this run"}},
		{func(b *bytes.Buffer) error { return WriteMolecules(b, exampleReport()) }, 10, map[string]string{
			"pocket": "a", "reference": "false", "vina_dock": "-9", "atoms": "3", "error": ""}},
		{func(b *bytes.Buffer) error { return WriteSpread(b, exampleReport()) }, 2 * len(Columns), map[string]string{
			"name": "Reference", "column": "vina_score_median", "value": "-6", "values": "3", "pockets": "3", "per": "molecule evaluated"}},
	} {
		rows, err := csv.NewReader(strings.NewReader(write(t, c.write))).ReadAll()
		if err != nil || len(rows) != c.rows+1 {
			t.Fatal(len(rows), c.rows, err)
		}
		seen := 0
		for i, head := range rows[0] {
			if want, ok := c.cells[head]; ok {
				seen++
				if rows[2][i] != want {
					t.Errorf("%s is %q, want %q", head, rows[2][i], want)
				}
			}
		}
		if seen != len(c.cells) {
			t.Errorf("columns %v lack some of %v", rows[0], c.cells)
		}
	}
}

func TestJSON(t *testing.T) {
	var got struct {
		Rows []struct {
			Name    string
			Counts  Counts
			Figures map[string]struct {
				Value *float64 `json:"value"`
				Low   *float64 `json:"low_95"`
			}
			WithRing map[string]*float64 `json:"with_ring"`
		}
		Published []struct{ Name, Source string }
		Pockets   []struct {
			Name      string
			Reference oracle.Score
			High      *float64 `json:"high_affinity"`
		}
		LeftOut []string `json:"left_out"`
	}
	text := write(t, func(b *bytes.Buffer) error { return WriteJSON(b, exampleReport()) })
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	own := got.Rows[1].Figures
	if *own["vina_score_mean"].Value != -3.4 || own["ring_js"].Value != nil || own["novel"].Value != nil || own["vina_score_mean"].Low == nil {
		t.Error(text)
	}
	if len(own) != len(Columns) || got.Rows[1].Counts.Docked != 4 || *got.Rows[1].WithRing["9+"] != 0 {
		t.Error(text)
	}
	if len(got.Published) != 12 || len(got.Pockets) != 3 || len(got.LeftOut) != 1 {
		t.Error(text)
	}
	if got.Pockets[0].Reference.VinaDock != -7 || got.Pockets[2].High != nil {
		t.Error(text)
	}
}

func TestLaTeX(t *testing.T) {
	text := write(t, func(b *bytes.Buffer) error { return WriteLaTeX(b, exampleReport()) })
	for _, want := range []string{`50\% of A\_B \& co & $-3.40$ & $-4.00$`, `TargetDiff\textsuperscript{6} & $-5.47$`,
		`\multicolumn{2}{c}{Vina Score $\downarrow$}`,
		`\multicolumn{2}{c}{High Affinity (\%) $\uparrow$}`, `\cmidrule(lr){2-3}`, `liGAN\textsuperscript{2} & -- & --`,
		`\textsuperscript{10}~100 pockets; only this figure was found: arXiv 2407.01648, abstract.`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	// Every line of a table has as many cells as its header says.
	for _, table := range strings.Split(text, `\begin{tabular}`)[1:] {
		cells := strings.Count(table[:strings.Index(table, "\n")], "r")
		for _, line := range strings.Split(table[:strings.Index(table, `\end{tabular}`)], "\n") {
			if strings.HasSuffix(line, `\\`) && !strings.Contains(line, `\multicolumn`) {
				if n := strings.Count(line, "&") - strings.Count(line, `\&`); n != cells {
					t.Errorf("%d cells, want %d: %s", n, cells, line)
				}
			}
		}
	}
	if strings.Count(text, `\begin{table*}`) != 2 || strings.Count(text, `\end{table*}`) != 2 {
		t.Error(text)
	}
}

func TestFigures(t *testing.T) {
	dir := t.TempDir()
	r := exampleReport()
	if err := Draw(dir, r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vina", "druglike", "rings", "pockets"} {
		f, err := os.Open(filepath.Join(dir, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
		svg, err := os.ReadFile(filepath.Join(dir, name+".svg"))
		if err != nil || !bytes.Contains(svg, []byte("Reference")) {
			t.Errorf("%s.svg does not name the references (%v)", name, err)
		}
	}
	// The share at or below: three values, of which one lies beyond the range.
	x, y := cumulative([]float64{-7, -5, 9}, [2]float64{-10, 0})
	for i := range x {
		want := 0.0
		switch {
		case x[i] >= -5:
			want = 2. / 3
		case x[i] >= -7:
			want = 1. / 3
		}
		if y[i] != want {
			t.Errorf("at %v: %v, want %v", x[i], y[i], want)
		}
	}
	for n, want := range map[int][]float64{0: nil, 3: {1, 2, 3}, 20: {5, 10, 15, 20}, 9: {2, 4, 6, 8}} {
		if got := wholeTicks(n); !slices.Equal(got, want) {
			t.Errorf("ticks to %d: %v, want %v", n, got, want)
		}
	}
	// Nothing known, nothing drawn, no error.
	empty := t.TempDir()
	nothing := []Target{{Reference: failed("", false)}}
	if err := Draw(empty, &Report{Targets: nothing, Rows: Tabulate(nothing, Options{})}); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(empty); len(files) != 0 {
		t.Error(files)
	}
}

// Each published row has a source and a protocol, its columns are columns of the table, and its figures lie in their ranges.
func TestPublishedRows(t *testing.T) {
	columns := map[string]Column{}
	for _, c := range Columns {
		columns[c.Key] = c
	}
	rows, err := parsePublished(publishedCSV)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Source == "" || row.Protocol == "" || row.Name == "" {
			t.Errorf("%+v", row)
		}
		for key, v := range row.Figures {
			c, ok := columns[key]
			switch {
			case !ok:
				t.Errorf("%s: there is no column %s", row.Name, key)
			case c.Unit == "kcal/mol" && (v > -3 || v < -12), c.Unit != "kcal/mol" && key != "atoms" && (v < 0 || v > 1):
				t.Errorf("%s: %s is %v", row.Name, key, v)
			}
		}
	}
	if _, err := parsePublished("name,qed_mean\nX,0.x\n"); err == nil || !strings.Contains(err.Error(), strconv.Quote("0.x")) {
		t.Error(err)
	}
}
