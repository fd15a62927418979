package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"keel/task/pocket/docked"
)

func dataDockCommand() *cobra.Command {
	cfg := docked.Config{Settings: docked.Defaults(), Workers: 1}
	asJSON := false
	c := &cobra.Command{
		Use:   "dock --receptors R.tar.gz --index INDEX.tsv --ligands L.sdf.gz --out FOLDER",
		Short: "Make complexes by docking molecules into receptors",
		Long: `Docks randomly chosen molecules into each receptor with Vina's scoring function and search, as Keel has them, and keeps the better half: a set
of poses as CrossDocked has them. The folder holds archives of complexes as keel data build and [data] docked of keel pretrain take them, a table of
each, and counts of what was left out by reason. A run that was stopped or killed goes on with the same command; at most one archive is lost.

The index is a table with a header, tab-separated, with columns id, split, receptor, cluster, heavy, cx, cy, cz, sx, sy and sz: where in which
receptor a ligand of how many heavy atoms and which extent lay.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.Receptors == "" || cfg.Index == "" || cfg.Ligands == "" || cfg.Out == "" {
				return badInputf("--receptors, --index, --ligands and --out are needed")
			}
			cfg.Log = cmd.ErrOrStderr()
			counts, err := docked.Build(cmd.Context(), cfg)
			if err != nil {
				return resumeWith(err, "the same command; finished archives stay in "+cfg.Out)
			}
			return writeOutput(cmd, "", func(w io.Writer) error {
				if asJSON {
					return printJSON(w, counts)
				}
				for _, reason := range slices.Sorted(maps.Keys(counts)) {
					if _, err := fmt.Fprintf(w, "%7d  %s\n", counts[reason], reason); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&cfg.Receptors, "receptors", "", ".tar.gz of <receptor>.pdb")
	f.StringVar(&cfg.Index, "index", "", "table of where to dock")
	f.StringVar(&cfg.Ligands, "ligands", "", "SDF file of molecules with a conformer each, may be gzipped")
	f.StringVar(&cfg.Out, "out", "", "folder to make, or to go on with")
	f.StringVar(&cfg.Split, "split", cfg.Split, "the rows of the index to use")
	f.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "one seed, one result")
	f.IntVar(&cfg.Tries, "tries", cfg.Tries, "molecules docked into a receptor")
	f.IntVar(&cfg.Keep, "keep", cfg.Keep, "most complexes kept of a receptor")
	f.Float64Var(&cfg.MaxEnergy, "max-energy", cfg.MaxEnergy, "Vina's energy that a pose must reach, kcal/mol")
	f.IntVar(&cfg.Workers, "workers", cfg.Workers, "receptors at a time")
	f.BoolVar(&asJSON, "json", false, "print the counts as JSON")
	return c
}
