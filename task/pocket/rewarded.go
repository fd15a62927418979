package pocket

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
)

// Rewarded is a molecule that a run asked the reward about, as the iteration's table in samples/ has it.
type Rewarded struct {
	SMILES    string
	Whole     bool    // valid and in one piece
	Merit     float64 // the reward without what the diversity filter takes; NaN where there is none
	VinaMin   float64 // kcal/mol; NaN where there is none
	Restarted bool    // drawn from another sample of the run instead of from noise: no sample of the policy's alone
}

// ReadRewarded reads the table of one iteration.
func ReadRewarded(path string) ([]Rewarded, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no header line: %w", path, err)
	}
	at := map[string]int{}
	for _, name := range []string{"smiles", "valid", "connected", "merit", "vina_min", "restarted"} {
		if at[name] = slices.Index(head, name); at[name] < 0 {
			return nil, fmt.Errorf("%s: no column %s", path, name)
		}
	}
	var list []Rewarded
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m := Rewarded{SMILES: row[at["smiles"]], Whole: row[at["valid"]] == "true" && row[at["connected"]] == "true", Restarted: row[at["restarted"]] == "1"}
		for name, to := range map[string]*float64{"merit": &m.Merit, "vina_min": &m.VinaMin} {
			if *to = math.NaN(); row[at[name]] == "" {
				continue
			}
			if *to, err = strconv.ParseFloat(row[at[name]], 64); err != nil {
				return nil, fmt.Errorf("%s: %s is %q: expected a number", path, name, row[at[name]])
			}
		}
		list = append(list, m)
	}
}
