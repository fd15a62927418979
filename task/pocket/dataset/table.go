package dataset

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes what the dataset holds and what was left out, for people: a line for each source, and below it one for each reason, the commonest first.
func (m *Manifest) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "read\tkept\tdropped\t\n")
	for _, s := range m.Sources {
		fmt.Fprintf(t, "%d\t%d\t%d\t  %s (%s)\n", s.Read, s.Kept, s.Read-s.Kept, s.Name, s.Kind)
		for _, why := range commonest(s.Dropped) {
			fmt.Fprintf(t, "\t\t%d\t    %s\n", s.Dropped[why], why)
		}
		for _, why := range commonest(s.Notes) {
			fmt.Fprintf(t, "\t\t\t    note: %d × %s\n", s.Notes[why], why)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	bytes := int64(0)
	for _, s := range m.Shards {
		bytes += s.Bytes
	}
	_, err := fmt.Fprintf(w, "%s and %s in %s, %.1f MB\n", plural(m.Conformers, "conformer"), plural(m.Complexes, "complex"),
		plural(len(m.Shards), "shard"), float64(bytes)/1e6)
	return err
}

// commonest lists the reasons, the commonest first.
func commonest(reasons map[string]int) []string {
	return slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		return cmp.Or(reasons[b]-reasons[a], strings.Compare(a, b))
	})
}

// reasons says in a line why nothing was kept.
func (m *Manifest) reasons() string {
	all := map[string]int{}
	for _, s := range m.Sources {
		for _, from := range []map[string]int{s.Dropped, s.Notes} {
			for why, n := range from {
				all[why] += n
			}
		}
	}
	if len(all) == 0 {
		return "the sources are empty"
	}
	var list []string
	for _, why := range commonest(all) {
		list = append(list, fmt.Sprintf("%d × %s", all[why], why))
	}
	const shown = 5
	if n := len(list); n > shown {
		list = append(list[:shown], fmt.Sprintf("%d more reasons", n-shown))
	}
	return strings.Join(list, ", ")
}
