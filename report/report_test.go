package report

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keel/run"
)

const hostile = `</script><img src=x onerror=alert(1)>`

// writeRun makes a small run folder with everything in it.
func writeRun(t *testing.T, dir string) {
	t.Helper()
	r, err := run.Create(dir, map[string]any{"seed": 7, "note": hostile})
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 4; step++ {
		x := float64(step)
		err := r.Log(step, map[string]float64{
			"reward_mean": x, "reward_std": 0.5, "vina_min": -x, "my_loss": 1 / x,
			"reward_calls": 32, "seconds_total": 10, "seconds_score": 6, "seconds_sample": 3,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	summary := run.Summary{
		Before: run.Stats{VinaScore: -4.5, VinaMin: -5, QED: 0.5, SA: 0.7, Valid: 0.5, Connected: 0.5, Unique: 0.5, Atoms: 20, Samples: 100},
		After:  run.Stats{VinaScore: -6.5, VinaMin: -4.9, QED: 0.4, SA: 0.7, Valid: 0.9, Connected: 0.52, Unique: 0.9, Atoms: 21, Samples: 100},
	}
	if err := run.WriteSummary(dir, summary); err != nil {
		t.Fatal(err)
	}
	poses := gzipped(t, "s004-0002\n POSE-S2\n\nM  END\n$$$$\ns004-0001\n POSE-S1\n\nM  END\n$$$$\n")
	for name, text := range map[string]string{
		"samples/step-000004.sdf.gz": poses,
		"after.json": `{"molecules":[
			{"name":"a1","smiles":"CCO","vina_score":-6.4,"vina_min":-7,"qed":0.4,"reward":1.5,"merit":1.5,"pb_valid":true,"alert_names":"<b>x</b>","error":"","depiction":"<svg xmlns='http://www.w3.org/2000/svg'/>"},
			{"name":"a2","smiles":"` + "<b>" + `","vina_score":-6.6,"vina_min":-7.5,"qed":0.41,"reward":2.5,"merit":2.5,"error":null},
			{"name":"a3","smiles":"CCO","vina_score":-6.5,"vina_min":-7.1,"qed":0.39,"reward":1.4,"merit":1.4},
			{"name":"a4","error":"two fragments"}]}`,
		"before.json":    `[{"name":"b1","smiles":"C","merit":0.2,"vina_score":-4.4,"qed":0.5,"error":""},{"name":"b2","smiles":"N","merit":0.1,"vina_score":-4.6,"qed":0.5},{"name":"b3","error":"two fragments"}]`,
		"reference.json": `{"name":"ref","smiles":"CC","vina_score":-9.125,"qed":0.6}`,
		"molecules.sdf":  "a1\r\n POSE-A1 \r\n\r\nM  END\r\n$$$$\r\na2\n" + hostile + "\n\nM  END\n$$$$\na3\n POSE-A3\n\nM  END\n$$$$\n",
		"reference.sdf":  "ref\n POSE-REF\n\nM  END\n$$$$\n",
		"pocket.pdb":     "ATOM      1  CA  ALA A   1       0.000   0.000   0.000  1.00  0.00           C\n",
		"samples/step-000001.csv": "name,smiles,vina_min,error,valid,reward,merit,reward_qed,reward_qed_raw,reward_mine_raw,reward_error\n" +
			"s001-0001,CCN,-6,,true,0.25,0.5,0.125,0.1,31,\ns001-0002,,,two fragments: 2,true,0.1,0.1,,,,\n\"=1,<b>\",CCC,-5,,true,,,,,,\"mine: no answer: 7\"\n",
		"samples/step-000004.csv": "name,smiles,vina_min,error,valid,reward,merit,reward_qed,reward_qed_raw,reward_mine_raw,reward_error\n" +
			"s004-0001,CCN,-6.5,,true,0.0,0.75,0.625,0.6,33,\ns004-0002,CCCl,-6.25,,true,0.875,0.875,0.5,0.5,35,\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// render draws the page of a run folder, without workers.
func render(t *testing.T, dir string) string {
	t.Helper()
	in, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, in); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// pageTable is the data that the page's scripts work on.
func pageTable(t *testing.T, page string) (d tableData) {
	t.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/json" id="page-data">(.*?)</script>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page has no data")
	}
	if err := json.Unmarshal([]byte(found[1]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var scriptBody = regexp.MustCompile(`(?s)(<script[^>]*>).*?</script>`)

func TestPageIsSelfContained(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	writeRun(t, dir)
	text := render(t, dir)
	inTags := regexp.MustCompile(`<[a-zA-Z][^>]*>`).FindAllString(scriptBody.ReplaceAllString(text, "$1</script>"), -1)
	tags := pageCSS + strings.Join(inTags, "\n")
	for _, reference := range regexp.MustCompile(`(?i)\b(?:src|href|action|srcset|poster)\s*=\s*["']?([^"'\s>]*)`).FindAllStringSubmatch(tags, -1) {
		if !strings.HasPrefix(reference[1], "data:") {
			t.Errorf("page refers to %q", reference[0])
		}
	}
	if bad := regexp.MustCompile(`(?i)<link|@import|url\(|<iframe|<base`).FindString(tags); bad != "" {
		t.Errorf("page holds %q", bad)
	}
	if strings.Contains(strings.ToLower(text), strings.ToLower(hostile)) || strings.Contains(tags, "<b>") {
		t.Error("text of the run is not escaped")
	}
	if n := strings.Count(text, "<script"); n != 3+strings.Count(mol3D, "<script") {
		t.Errorf("%d scripts, want 3", n)
	}
	for _, want := range []string{"3Dmol", "University of Pittsburgh", "POSE-A1", "POSE-REF"} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

func TestPageShowsTheRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	writeRun(t, dir)
	text := html.UnescapeString(scriptBody.ReplaceAllString(render(t, dir), ""))
	for _, want := range []string{
		"<h1>demo</h1>", "4 iterations logged, 128 reward calls",
		"from −4.50 to −6.50 kcal/mol, after local minimisation from −5.00 to −4.90",
		`<td class="num change better">−2.00</td>`, // Vina score
		`<td class="num change worse">+0.10</td>`,  // Vina minimised; its error is not known
		`<td class="num change worse">−0.100</td>`, // QED
		`<td class="num change better">+40.0</td>`, // valid
		`<td class="num change noise">+2.0</td>`,   // connected: 2 % where the standard error is 7 %
		`<td class="num">−9.12</td>`,               // reference
		"two fragments", "1 of 4", "2 of 5", "no reward: mine", "no answer: 7", "My loss", "median −4.50 → −6.50",
		"qed, as it counts", "mine, in its own unit", "0.125 → 0.562", "10 to 90 % of the iteration", "first and last iteration",
		"Reward calls</dt><dd>128", "seed = 7",
		"score <strong>6.00 s</strong> 60 %", "other <strong>1.00 s</strong> 10 %", "One reward</dt><dd>0.188 s",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(text, "Not on this page") {
		t.Error("page of a whole run says that something is missing")
	}
	link := regexp.MustCompile(`href="data:text/csv;base64,([^"]*)" download="molecules.csv"`).FindStringSubmatch(text)
	if link == nil {
		t.Fatal("no CSV to download")
	}
	table, err := base64.StdEncoding.DecodeString(link[1])
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(table), "\n"); first != "name,smiles,alert_names,merit,pb_valid,qed,reward,vina_min,vina_score,error" {
		t.Errorf("CSV begins %q", first)
	}
}

// The molecules on the page are those of the files, each structure once in its best pose, with the files' own figures.
func TestPageHoldsTheMolecules(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	writeRun(t, dir)
	d := pageTable(t, render(t, dir))
	type one struct {
		name, set, pose string
		rank, copies    int
		merit, vina     float64
	}
	var got []one
	for _, m := range d.Molecules {
		pose := regexp.MustCompile(`POSE-\w+`).FindString(m.SDF)
		got = append(got, one{m.Name, m.Set, pose, m.Rank, m.Copies, m.Values["merit"], m.Values["vina_min"]})
	}
	want := []one{
		{"a2", "after", "", 1, 1, 2.5, -7.5}, {"a1", "after", "POSE-A1", 2, 2, 1.5, -7}, // a1 and a3 are one structure
		{"s004-0002", "tuning", "POSE-S2", 3, 1, 0.875, -6.25}, {"s004-0001", "tuning", "POSE-S1", 4, 2, 0.75, -6.5}, {"=1,<b>", "tuning", "", 5, 1, 0, -5},
		{"b1", "before", "", 1, 1, 0.2, 0}, {"b2", "before", "", 2, 1, 0.1, 0},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(one{})); diff != "" {
		t.Error(diff)
	}
	if d.Rank != "merit" || d.Reference == nil || d.Reference.Values["vina_score"] != -9.125 || !strings.Contains(d.Reference.SDF, "POSE-REF") {
		t.Errorf("ranked by %s, reference %+v", d.Rank, d.Reference)
	}
	if d.Molecules[1].Texts["alert_names"] != "<b>x</b>" || d.Molecules[2].Step != 4 {
		t.Errorf("%+v", d.Molecules[1:3])
	}
}

func TestPageOfPartOfARun(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	writeRun(t, whole)
	for name, c := range map[string]struct{ files, want, lack []string }{
		"only begun":   {[]string{"config.toml"}, []string{"No summary yet", "No metrics", "seed = 7"}, []string{`id="curves"`, "$3Dmol", `id="table"`}},
		"in mid-run":   {[]string{"config.toml", "metrics.jsonl", "before.json"}, []string{"No summary yet", `id="curves"`, "of an earlier Keel", `id="table"`}, []string{`id="figures"`, `id="view"`}},
		"only samples": {[]string{"after.json", "molecules.sdf"}, []string{"No pocket", `id="view"`, `id="table"`, "sampled"}, []string{"of an earlier Keel"}},
		"not scored":   {[]string{"molecules.sdf", "pocket.pdb"}, []string{"No molecules of the untuned model", `"name":"a3"`}, nil},
		"one line":     {[]string{"reference.json", "reference.sdf", "config.toml"}, []string{`id="view"`, "POSE-REF"}, []string{`id="table"`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range c.files {
				text, err := os.ReadFile(filepath.Join(whole, file))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, file), text, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			text := render(t, dir)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("page lacks %q", want)
				}
			}
			for _, lack := range c.lack {
				if strings.Contains(text, lack) {
					t.Errorf("page holds %q", lack)
				}
			}
		})
	}
}

// A pocket of a run over several has the run's cost and training curves, and its own molecules alone.
func TestPageOfOnePocket(t *testing.T) {
	root := filepath.Join(t.TempDir(), "many")
	dir := filepath.Join(root, "pockets", "1abc")
	writeRun(t, dir)
	for _, name := range []string{"config.toml", "metrics.jsonl", "summary.json"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	text := render(t, dir)
	for _, want := range []string{"<h1>many, 1abc</h1>", "seed = 7", "My loss", "Reward calls</dt><dd>128", "are of all pockets together", "0.125 → 0.562", `id="table"`} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, lack := range []string{`id="figures"`, "−1.00 → −4.00"} { // the run's own vina_min
		if strings.Contains(text, lack) {
			t.Errorf("page holds %q", lack)
		}
	}
	designs := `[{"name":"d1","smiles":"CC<b>","merit":0.5,"vina_min":-8,"depiction":"<svg xmlns='http://www.w3.org/2000/svg'/>"},{"name":"d2","merit":0.25}]`
	if err := os.WriteFile(filepath.Join(dir, "designs.json"), []byte(designs), 0o666); err != nil {
		t.Fatal(err)
	}
	whole := render(t, root)
	for _, want := range []string{"−1.00 → −4.00", `<a href="pockets/1abc/report.html">1abc</a>`, `>0.150</td><td class="num">–<`, `>1.800</td><td class="num">−7.20<`, `>0.375</td><td class="num">−8.00<`,
		`<img src="data:image/svg&#43;xml;base64,`, "CC&lt;b&gt;"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the whole run's page lacks %q", want)
		}
	}
	for _, lack := range []string{`id="table"`, "No molecules"} {
		if strings.Contains(whole, lack) {
			t.Errorf("the whole run's page holds %q", lack)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"empty folder":  {"", "", "holds no run"},
		"bad molecules": {"after.json", `[{"name":`, "after.json is no list of molecules"},
		"bad summary":   {"summary.json", `{`, "summary.json is no summary"},
		"bad metrics":   {"metrics.jsonl", "x\n{}\n", "metrics.jsonl:1:"},
		"bad reference": {"reference.json", `7`, "reference.json is no molecule"},
		"bad sample":    {"samples/step-000003.csv", "name,qed\na,0.5\nb,good\n", `step-000003.csv is no table of molecules: line 3: qed is "good", expected a number`},
		"bad table":     {"molecules.csv", "name,qed\na,b\n", "molecules.csv is no table of molecules: line 2"},
		"empty sample":  {"samples/step-000003.csv", "", "step-000003.csv is no table of molecules: the file is empty"},
		"odd sample":    {"samples/step-new.csv", "name\na\n", "expected a name like step-000012.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, c.file)), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Load(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "is no folder") {
		t.Errorf("missing folder: %v", err)
	}
}

func TestVendoredFileIsTheOneNamed(t *testing.T) {
	note, err := os.ReadFile("assets/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(mol3D))); !strings.Contains(string(note), sum) {
		t.Errorf("assets/3Dmol-min.js has SHA-256 %s, which assets/README.md does not name", sum)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add([]byte(`[{"name":"a","qed":1e308,"vina_min":-1e308},{"name":"b","qed":-1e308,"error":""}]`), "a\n\n$$$$\na\n$$$$")
	f.Add([]byte(`{"molecules":[{"name":"a","atoms":3},{"name":"b","atoms":3}]}`), "\r\n$$$$\r\n")
	f.Fuzz(func(t *testing.T, molecules []byte, sdf string) {
		list, err := parseMolecules(molecules)
		if err != nil {
			return
		}
		if err := Write(io.Discard, &Input{After: withPoses(list, sdf, "after"), Before: withPoses(slices.Clone(list), sdf, "before"), Samples: list}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRunsTables: what a molecule earned stands in the table beside its list; designs have a column of their own, and the molecule shown first has the best merit.
func TestRunsTables(t *testing.T) {
	dir := t.TempDir()
	r, err := run.Create(dir, map[string]any{"seed": 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	figures := run.Stats{VinaMin: -8.25, Samples: 2}
	if err := run.WriteSummary(dir, run.Summary{Before: figures, After: figures, Designs: run.Stats{VinaMin: -11.5, Valid: 1, Samples: 2}}); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	list := `[{"name":"giant","smiles":"CCO","vina_min":-14},{"name":"fit","smiles":"CCN","vina_min":-9}]`
	for _, name := range []string{"before.json", "after.json", "designs.json"} {
		write(name, list)
	}
	table := "name,vina_min,merit,reward_qed\ngiant,-14,0.25,0.5\nfit,-9,0.75,0.625\n"
	for _, name := range []string{"before.csv", "molecules.csv", "designs.csv"} {
		write(name, table)
	}
	text := render(t, dir)
	for _, want := range []string{`<th class="num">Designs</th>`, "−11.50", "100.0", "0.500"} { // 0.500: the mean merit
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if shown := pageTable(t, text).Molecules; len(shown) == 0 || shown[0].Name != "fit" {
		t.Errorf("shown first: %+v", shown)
	}
	write("designs.csv", "name,merit\nfit,0.75\n")
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "designs.csv has 1 molecules where the list beside it has 2") {
		t.Errorf("a table that lacks a molecule: %v", err)
	}
}
