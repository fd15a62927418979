package report

import (
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// compactPicture rewrites a drawing of RDKit's to the same picture in a third of its length: lines and letters of one style become one path, names of atoms and bonds,
// defaults and the white ground go. Nothing in such a drawing lies over anything else, so that the order does not matter. A drawing that is made of anything else
// stays as it is.
func compactPicture(svg string) string {
	var out strings.Builder
	var styles []string
	paths := map[string]string{}
	in := xml.NewDecoder(strings.NewReader(svg))
	for depth := 0; ; {
		token, err := in.Token()
		if err != nil {
			if depth != 0 || out.Len() == 0 {
				return svg
			}
			return out.String()
		}
		switch t := token.(type) {
		case xml.StartElement:
			at := attributes(t)
			switch {
			case depth == 0 && t.Name.Local == "svg" && at["viewBox"] != "":
				fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s">`, html.EscapeString(at["viewBox"]))
			case t.Name.Local == "rect" && strings.Contains(at["style"], "fill:#FFFFFF"):
			case t.Name.Local == "path":
				style := pathStyle(at)
				if _, ok := paths[style]; !ok {
					styles = append(styles, style)
				}
				paths[style] += compactPath(at["d"])
			default:
				return svg
			}
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				for _, style := range styles {
					fmt.Fprintf(&out, `<path %s d="%s"/>`, style, html.EscapeString(paths[style]))
				}
				out.WriteString("</svg>")
			}
		}
	}
}

func attributes(t xml.StartElement) map[string]string {
	all := map[string]string{}
	for _, a := range t.Attr {
		all[a.Name.Local] = a.Value
	}
	return all
}

// pathStyle is the path's own attributes, without what is the default of SVG anyway.
func pathStyle(at map[string]string) string {
	var kept []string
	for property := range strings.SplitSeq(at["style"], ";") {
		switch strings.TrimSpace(property) {
		case "", "fill-rule:evenodd", "stroke-linecap:butt", "stroke-linejoin:miter", "stroke-opacity:1", "opacity:1", "opacity:1.0", "fill-opacity:1", "stroke:none":
		default:
			kept = append(kept, strings.TrimSpace(property))
		}
	}
	text := ""
	if at["fill"] != "" {
		text = fmt.Sprintf(`fill="%s" `, html.EscapeString(at["fill"]))
	}
	if len(kept) > 0 {
		text += fmt.Sprintf(`style="%s"`, html.EscapeString(strings.Join(kept, ";")))
	}
	return strings.TrimSpace(text)
}

var aroundMarks, zeroTail = regexp.MustCompile(`\s*([A-Za-z,])\s*`), regexp.MustCompile(`(\d)\.0\b`)

func compactPath(d string) string {
	return aroundMarks.ReplaceAllString(zeroTail.ReplaceAllString(strings.TrimSpace(d), "$1"), "$1")
}
