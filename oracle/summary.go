package oracle

import (
	"encoding/json"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Summary sums up a table of scores.
type Summary struct {
	Molecules int            `json:"molecules"`
	Complete  int            `json:"complete"`   // nothing of them is missing
	Figures   []Figure       `json:"figures"`    // of the columns that hold numbers, in the table's order
	Errors    map[string]int `json:"incomplete"` // reasons, and how many molecules have them
}

// Figure is a column in short.
type Figure struct {
	Column       string
	Count        int // molecules that have it
	Mean, Median float64
	Low, High    float64
}

// MarshalJSON writes null for a number that JSON has not: the mean of huge ones may be infinite.
func (f Figure) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Column string   `json:"column"`
		Count  int      `json:"count"`
		Mean   *float64 `json:"mean"`
		Median *float64 `json:"median"`
		Low    *float64 `json:"low"`
		High   *float64 `json:"high"`
	}{f.Column, f.Count, orNull(f.Mean), orNull(f.Median), orNull(f.Low), orNull(f.High)})
}

// Summarise returns the summary of scores. Columns without a number are left out.
func Summarise(scores []Score, extra ...Extra) Summary {
	sum := Summary{Molecules: len(scores), Figures: []Figure{}, Errors: map[string]int{}}
	for i := range scores {
		if scores[i].Error == "" {
			sum.Complete++
		} else {
			sum.Errors[scores[i].Error]++
		}
	}
	for _, c := range columns {
		var values []float64
		for i := range scores {
			if x, ok := scores[i].Number(c.name); ok && orNull(x) != nil {
				values = append(values, x)
			}
		}
		sum.add(c.name, values)
	}
	for _, x := range extra {
		sum.add(x.Name, slices.DeleteFunc(slices.Clone(x.Values), func(x float64) bool { return orNull(x) == nil }))
	}
	return sum
}

func (s *Summary) add(column string, values []float64) {
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	s.Figures = append(s.Figures, Figure{column, len(values), stat.Mean(values, nil), median, values[0], values[len(values)-1]})
}
