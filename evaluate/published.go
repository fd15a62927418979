package evaluate

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// Published is a row that others have published: their molecules, their docking, on the 100 test pockets of CrossDocked2020.
type Published struct {
	Name     string
	Figures  map[string]float64 // by Column.Key; absent where the source has none
	Protocol string             // what differs, or is not known, of the protocol
	Source   string
}

// publishedCSV has one row a line, with its source. Only what was read in that source stands in it.
//
//go:embed published.csv
var publishedCSV string

// PublishedRows are the rows to print beside one's own.
func PublishedRows() []Published {
	rows, err := parsePublished(publishedCSV)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return rows
}

func parsePublished(text string) ([]Published, error) {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	header := lines[0]
	var rows []Published
	for _, line := range lines[1:] {
		p := Published{Figures: map[string]float64{}}
		for i, cell := range line {
			switch key := header[i]; {
			case key == "name":
				p.Name = cell
			case key == "protocol":
				p.Protocol = cell
			case key == "source":
				p.Source = cell
			case cell != "":
				if p.Figures[key], err = strconv.ParseFloat(cell, 64); err != nil {
					return nil, fmt.Errorf("published rows: %s of %s is %q", key, p.Name, cell)
				}
			}
		}
		rows = append(rows, p)
	}
	return rows, nil
}
