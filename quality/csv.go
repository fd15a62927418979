package quality

import (
	"bytes"
	"encoding/csv"
	"io"
	"strconv"

	"keel/evaluate"
	"keel/oracle"
)

// WriteMolecules writes the score table of all molecules of the pockets, after columns of the pocket and the row; last come the energy at a random place,
// whether the decoder calls it strict and whether it is novel, empty where not known.
func WriteMolecules(w io.Writer, pockets []Pocket, training *Training) error {
	var scores []oracle.Score
	var lead, tail [][]string
	add := func(p Pocket, row string, e evaluate.Entry, random string) {
		scores, lead = append(scores, e.Score), append(lead, []string{p.Name, row})
		strict, _ := e.Molecule.Prop(StrictProp)
		novel := ""
		if training != nil && e.Evaluated() {
			novel = strconv.FormatBool(!training.Keys[e.Molecule.Key()])
		}
		tail = append(tail, []string{random, strict, novel})
	}
	for _, p := range pockets {
		add(p, Reference, p.Reference, "")
		placed := 0
		for _, e := range p.Molecules {
			random := ""
			if e.Evaluated() && placed < len(p.Random) {
				if v := p.Random[placed].Score.VinaMin; finite(v) {
					random = strconv.FormatFloat(v, 'g', -1, 64)
				}
				placed++
			}
			add(p, Model, e, random)
		}
		for _, e := range p.Relaxed {
			add(p, Relaxed, e, "")
		}
	}
	var text bytes.Buffer
	if err := oracle.WriteCSV(&text, scores); err != nil {
		return err
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Write(append(append([]string{"pocket", "row"}, rows[0]...), "vina_min_random", "strict", "novel")) // the writer keeps its first error
	for i, row := range rows[1:] {
		out.Write(append(append(lead[i], row...), tail[i]...))
	}
	out.Flush()
	return out.Error()
}
