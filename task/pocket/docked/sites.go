package docked

import (
	"archive/tar"
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"keel/chem"
)

// site is where to dock: a receptor and the place of its own ligand.
type site struct {
	receptor, cluster string
	heavy             int // atoms of the own ligand
	box               chem.Box
}

// readSites reads one site for each receptor of the split, in the order of docking: the first of every cluster, the second, and so on,
// each in random order.
func readSites(index string, s Settings) ([]site, error) {
	f, err := os.Open(index)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	header := strings.Split(lines.Text(), "\t")
	column := map[string]int{}
	for i, name := range header {
		column[name] = i
	}
	for _, name := range []string{"split", "receptor", "cluster", "heavy", "cx", "cy", "cz", "sx", "sy", "sz"} {
		if _, ok := column[name]; !ok {
			return nil, &chem.InputError{File: index, Line: 1, Problem: "no column " + name, Hint: "give the index.tsv of the complexes"}
		}
	}
	var sites []site
	seen := map[string]bool{}
	for n := 2; lines.Scan(); n++ {
		field := strings.Split(lines.Text(), "\t")
		if len(field) != len(header) {
			return nil, &chem.InputError{File: index, Line: n, Problem: fmt.Sprintf("%d columns, the header has %d", len(field), len(header))}
		}
		receptor := field[column["receptor"]]
		if field[column["split"]] != s.Split || seen[receptor] {
			continue
		}
		seen[receptor] = true
		var v [7]float64
		for k, name := range []string{"cx", "cy", "cz", "sx", "sy", "sz", "heavy"} {
			if v[k], err = strconv.ParseFloat(field[column[name]], 64); err != nil {
				return nil, &chem.InputError{File: index, Line: n, Problem: "column " + name + " is not a number: " + field[column[name]]}
			}
		}
		sites = append(sites, site{receptor, field[column["cluster"]], int(v[6]), boxFor(chem.Vec{v[0], v[1], v[2]}, chem.Vec{v[3], v[4], v[5]})})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(sites) == 0 {
		return nil, fmt.Errorf("%s: no receptor of split %q", index, s.Split)
	}
	slices.SortFunc(sites, func(a, b site) int { return strings.Compare(a.receptor, b.receptor) })
	return diverse(sites, rand.New(rand.NewPCG(s.Seed, 0))), nil
}

// boxFor is the box around a ligand of such extents: a little larger, so that others find other places, but still in the pocket.
func boxFor(centre, extent chem.Vec) chem.Box {
	b := chem.Box{Center: centre}
	for k := range extent {
		b.Size[k] = min(max(extent[k]+9, 17), 24)
	}
	return b
}

// diverse puts the first site of every cluster before any second one.
func diverse(sites []site, rng *rand.Rand) []site {
	rng.Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
	rank, before := map[string]int{}, map[string]int{}
	for _, s := range sites {
		rank[s.receptor] = before[s.cluster]
		before[s.cluster]++
	}
	slices.SortStableFunc(sites, func(a, b site) int { return cmp.Compare(rank[a.receptor], rank[b.receptor]) })
	return sites
}

func split(sites []site, n int) [][]site { return slices.Collect(slices.Chunk(sites, max(n, 1))) }

// readReceptors reads the texts of the sites' receptors.
func readReceptors(file string, sites []site) (map[string][]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: expected a .tar.gz of <receptor>.pdb: %w", file, err)
	}
	wanted := map[string]bool{}
	for _, s := range sites {
		wanted[s.receptor] = true
	}
	texts := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if name := strings.TrimSuffix(path.Base(h.Name), ".pdb"); wanted[name] {
			if texts[name], err = io.ReadAll(r); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
}
