package evaluate

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// WriteLaTeX writes two tables for a paper, which needs the package booktabs: the field's, with the published rows, and the rest.
func WriteLaTeX(w io.Writer, r *Report) error {
	var b bytes.Buffer
	b.WriteString("% needs \\usepackage{booktabs,graphicx}\n")
	lines := r.lines(mainColumns(), true)
	r.latexTable(&b, mainColumns(), lines, "Binding and drug-likeness. Energies in kcal/mol; means and medians of all molecules pooled. "+
		"Numbered rows are published figures of other molecules, docked by others in the 100 test pockets of CrossDocked2020.",
		"tab:binding", r.latexNotes())
	b.WriteString("\n")
	own := r.lines(moreColumns(), false)
	r.latexTable(&b, known(moreColumns(), own), own, "Molecules and poses. JS: Jensen-Shannon distance (base e).", "tab:poses", "")
	_, err := w.Write(b.Bytes())
	return err
}

// latexTable writes one table; notes stand below it.
func (r *Report) latexTable(b *bytes.Buffer, columns []Column, lines []line, caption, label, notes string) {
	fmt.Fprintf(b, "\\begin{table*}\n\\centering\n\\caption{%s}\n\\label{%s}\n\\resizebox{\\textwidth}{!}{%%\n\\begin{tabular}{l%s}\n\\toprule\n",
		latexEscape(caption), label, strings.Repeat("r", len(columns)))
	head, under, rules := "", "", ""
	for i := 0; i < len(columns); {
		to := i + 1
		for to < len(columns) && columns[to].Head == columns[i].Head {
			to++
		}
		head += fmt.Sprintf(" & \\multicolumn{%d}{c}{%s}", to-i, latexEscape(columns[i].latexHead()))
		if to-i > 1 {
			rules += fmt.Sprintf("\\cmidrule(lr){%d-%d}", i+2, to+1)
		}
		for ; i < to; i++ {
			under += " & " + latexEscape(columns[i].Under)
		}
	}
	b.WriteString(head + " \\\\\n")
	if rules != "" {
		b.WriteString(rules + "\n")
	}
	b.WriteString(under + " \\\\\n\\midrule\n")
	for i, l := range lines {
		if l.mark != "" && i > 0 && lines[i-1].mark == "" {
			b.WriteString("\\midrule\n")
		}
		b.WriteString(latexEscape(l.name))
		if l.mark != "" {
			fmt.Fprintf(b, "\\textsuperscript{%s}", l.mark)
		}
		for _, c := range columns {
			b.WriteString(" & " + latexNumber(c.show(l.figures(c.Key))))
		}
		b.WriteString(" \\\\\n")
	}
	b.WriteString("\\bottomrule\n\\end{tabular}}\n" + notes + "\\end{table*}\n")
}

// latexNotes are the footnotes of the published rows, to stand below their table.
func (r *Report) latexNotes() string {
	if len(r.Published) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\\par\\smallskip\\parbox{\\textwidth}{\\footnotesize\\raggedright\n")
	for i, p := range r.Published {
		fmt.Fprintf(&b, "\\textsuperscript{%d}~%s: %s.\n", i+1, latexEscape(p.Protocol), latexEscape(p.Source))
	}
	b.WriteString("}\n")
	return b.String()
}

// latexHead is the title with its unit and the direction of what is better.
func (c *Column) latexHead() string {
	t := c.Head
	if c.Unit == "%" {
		t += " (%)"
	}
	return t + map[int]string{-1: " ↓", 1: " ↑"}[c.Better]
}

func latexNumber(text string) string {
	switch {
	case text == "-":
		return "--"
	case strings.HasPrefix(text, "-"):
		return "$" + text + "$"
	}
	return text
}

var latexSpecial = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `&`, `\&`, `%`, `\%`, `$`, `\$`, `#`, `\#`, `_`, `\_`,
	`~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`, `<`, `\textless{}`, `>`, `\textgreater{}`, `↓`, `$\downarrow$`, `↑`, `$\uparrow$`)

func latexEscape(text string) string { return latexSpecial.Replace(text) }
