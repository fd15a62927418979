// Command vinabench is Keel's side of native_vina.py: it scores and minimises many ligands, and says how long that took.
//
//	vinabench receptor in.pdb     prints the receptor as PDBQT
//	vinabench run [-cores n]      reads jobs, one JSON object a line, and prints one answer a line in their order, then the times
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"keel/chem"
	"keel/chem/vina"
)

// job is one pose in one box of one receptor; the texts are read before the clock runs.
type job struct {
	Receptor string   `json:"receptor"` // path of the PDBQT
	Ligand   string   `json:"ligand"`   // the PDBQT itself
	Center   chem.Vec `json:"center"`
	Size     chem.Vec `json:"size"`

	field *vina.Field
}

// answer is one job's energies, kcal/mol, and the minimised positions in file order.
type answer struct {
	Error     string      `json:"error,omitempty"`
	Score     vina.Energy `json:"score"`
	Min       vina.Energy `json:"min"`
	MinError  string      `json:"min_error,omitempty"`
	Positions []chem.Vec  `json:"positions"`
}

// times are wall seconds for all jobs: reading and scoring each ligand, and reading and minimising it, in boxes that are there already
// (Vina's maps are not counted either).
type times struct {
	Cores    int     `json:"cores"`
	Score    float64 `json:"score_seconds"`
	Minimise float64 `json:"minimise_seconds"`
	Fields   float64 `json:"field_seconds"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vinabench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "receptor":
		return receptor(args[1])
	case len(args) >= 1 && args[0] == "run":
		flags := flag.NewFlagSet("run", flag.ContinueOnError)
		cores := flags.Int("cores", runtime.NumCPU(), "goroutines that work")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return work(*cores)
	}
	return errors.New("usage: vinabench receptor in.pdb | vinabench run [-cores n] < jobs.jsonl")
}

func receptor(path string) error {
	p, err := chem.ReadPDB(path)
	if err != nil {
		return err
	}
	text, _, err := chem.ReceptorPDBQT(p)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

func work(cores int) error {
	jobs, err := readJobs()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := makeFields(jobs); err != nil {
		return err
	}
	t := times{Cores: cores, Fields: time.Since(start).Seconds()}
	answers := make([]answer, len(jobs))
	t.Score = parallel(cores, len(jobs), func(i int) {
		l, err := vina.ReadLigand([]byte(jobs[i].Ligand), "ligand")
		if err == nil {
			answers[i].Score, err = jobs[i].field.Score(l)
		}
		if err != nil {
			answers[i].Error = err.Error()
		}
	})
	t.Minimise = parallel(cores, len(jobs), func(i int) {
		l, err := vina.ReadLigand([]byte(jobs[i].Ligand), "ligand")
		if err == nil {
			answers[i].Min, answers[i].Positions, err = jobs[i].field.Minimise(l)
		}
		if err != nil {
			answers[i].MinError = err.Error()
		}
	})
	out := json.NewEncoder(os.Stdout)
	for _, a := range answers {
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return out.Encode(t)
}

func readJobs() ([]job, error) {
	var jobs []job
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var j job
		if err := json.Unmarshal(in.Bytes(), &j); err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, in.Err()
}

// makeFields reads each receptor once and puts each of its boxes into it once.
func makeFields(jobs []job) error {
	type place struct {
		receptor string
		box      chem.Box
	}
	receptors, fields := map[string]*vina.Receptor{}, map[place]*vina.Field{}
	for i, j := range jobs {
		at := place{j.Receptor, chem.Box{Center: j.Center, Size: j.Size}}
		if fields[at] == nil {
			r := receptors[j.Receptor]
			if r == nil {
				text, err := os.ReadFile(j.Receptor)
				if err != nil {
					return err
				}
				if r, err = vina.ReadReceptor(text, j.Receptor); err != nil {
					return err
				}
				receptors[j.Receptor] = r
			}
			f, err := r.Field(at.box)
			if err != nil {
				return err
			}
			fields[at] = f
		}
		jobs[i].field = fields[at]
	}
	return nil
}

// parallel does n things on so many goroutines and returns the wall seconds.
func parallel(cores, n int, do func(i int)) float64 {
	start := time.Now()
	var wg sync.WaitGroup
	for c := range cores {
		wg.Go(func() {
			for i := c; i < n; i += cores {
				do(i)
			}
		})
	}
	wg.Wait()
	return time.Since(start).Seconds()
}
