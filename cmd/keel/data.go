package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"keel/task/pocket/dataset"
)

func dataCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "Make training data from SMILES, complexes and pictures",
		Long: `Makes datasets for keel pretrain: folders of checked shards, with a manifest that says where everything came from and what was
left out for which reason. docs/data.md is a tutorial.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(dataBuildCommand(), dataDockCommand(), dataShowCommand(), dataImagesCommand())
	return c
}

func dataBuildCommand() *cobra.Command {
	cfg := dataset.Config{Settings: dataset.DefaultSettings()}
	limit := time.Duration(cfg.Limit * float64(time.Second))
	asJSON := false
	c := &cobra.Command{
		Use:   "build [--smiles FILE]... [--complexes FOLDER|ARCHIVE]... --out FOLDER",
		Short: "Make a dataset",
		Long: `Makes conformers of SMILES with RDKit, and pockets with their ligands from complexes; whole proteins are cut to the residues about the
ligand. What cannot be used is counted by reason, in the table at the end and in the folder's manifest.json. A build that was stopped or
killed goes on with the same command. The result depends on the sources, the flags and the seed, not on --workers.

Complexes are archives (.tar.gz) or folders, at any depth, of proteins (.pdb) and ligands (.sdf) that lie together in a subfolder or share
a name: 1abc/protein.pdb and 1abc/ligand.sdf, 1abc_protein.pdb and 1abc_ligand.sdf, 1abc.pdb and 1abc.sdf.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.Limit, cfg.Version, cfg.Log = limit.Seconds(), thisBuild().short(), cmd.ErrOrStderr()
			if cfg.Out == "" {
				return badInputf("--out is missing: the folder to make")
			}
			if err := cfg.Check(); err != nil {
				return badInput(err)
			}
			m, err := dataset.Build(cmd.Context(), cfg)
			if err != nil {
				return resumeWith(err, "the same command; finished shards stay in "+cfg.Out)
			}
			return printManifest(cmd, m, asJSON)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&cfg.SMILES, "smiles", nil, "file of lines SMILES<TAB>source, may be gzipped; may be given several times")
	f.StringArrayVar(&cfg.Complexes, "complexes", nil, "folder or .tar.gz of complexes; may be given several times")
	f.StringVar(&cfg.Out, "out", "", "folder to make, or to go on with")
	f.Int64Var(&cfg.Seed, "seed", cfg.Seed, "of the conformers, from 0")
	f.IntVar(&cfg.MinAtoms, "min-atoms", cfg.MinAtoms, "fewest heavy atoms of a molecule")
	f.IntVar(&cfg.MaxAtoms, "max-atoms", cfg.MaxAtoms, "most heavy atoms of a molecule")
	f.IntVar(&cfg.Most, "most", cfg.Most, "conformers to stop after (default all)")
	f.IntVar(&cfg.PerShard, "per-shard", cfg.PerShard, "examples in a shard; a kill costs at most the one under way")
	f.DurationVar(&limit, "limit", limit, "time for a conformer, after which the molecule is dropped")
	f.IntVar(&cfg.FileMB, "file-mb", cfg.FileMB, "largest PDB or SDF file to read, in MB")
	f.IntVar(&cfg.Workers, "workers", 0, "worker processes (default one per CPU)")
	f.BoolVar(&asJSON, "json", false, "print the manifest instead of the table")
	return c
}

func dataShowCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "show FOLDER",
		Short: "Say what a dataset holds and what was left out",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dataset.Open(args[0])
			if err != nil {
				return err
			}
			return printManifest(cmd, d.Manifest, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the manifest instead of the table")
	return c
}

func printManifest(cmd *cobra.Command, m *dataset.Manifest, asJSON bool) error {
	return writeOutput(cmd, "", func(w io.Writer) error {
		if asJSON {
			return printJSON(w, m)
		}
		return m.WriteText(w)
	})
}

// short is the version in a word, for files that say what made them.
func (v buildVersion) short() string {
	if v.Revision == "" {
		return v.Version
	}
	return fmt.Sprintf("%s %.12s", v.Version, v.Revision)
}
