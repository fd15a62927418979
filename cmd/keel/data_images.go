package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/task/image/dataset"
)

func dataImagesCommand() *cobra.Command {
	var (
		out, font, names string
		held             float64
		asJSON           bool
	)
	c := &cobra.Command{
		Use:   "images [DIR] --out FOLDER",
		Short: "Make a set of small pictures with captions",
		Long: `Brings the pictures (.png, .jpg, .gif, .webp) under DIR to 40x40 pixels, with their captions: from lines FILE<TAB>CAPTION of captions.tsv beside them,
else from NAME.txt, else from the words of their names. Without DIR it takes the colour emoji that make setup fetched, with Unicode's names. What
cannot be used is counted by reason. [data] pictures of keel pretrain with task = "image" names such folders; docs/image.md is a tutorial.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return badInputf("--out is missing: the folder to make")
			}
			if !(held >= 0 && held < 1) {
				return badInputf("--held %v: expected a share from 0 to less than 1", held)
			}
			set, err := readImages(args, font, names, held)
			if err != nil {
				return badInput(err)
			}
			if err := makeFolder(out); err != nil {
				return badInput(err)
			}
			if err := set.Write(out); err != nil {
				return err
			}
			return writeOutput(cmd, "", func(w io.Writer) error { return printSet(w, set, asJSON) })
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", "", "folder to make")
	f.StringVar(&font, "font", "", "colour font of PNG bitmaps (default NotoColorEmoji.ttf in Keel's cache)")
	f.StringVar(&names, "names", "", "Unicode's emoji-test.txt (default the one in Keel's cache)")
	f.Float64Var(&held, "held", 0.05, "share of the captions that training never sees")
	f.BoolVar(&asJSON, "json", false, "print the counts as JSON")
	return c
}

func readImages(args []string, font, names string, held float64) (*dataset.Set, error) {
	if len(args) == 1 {
		if font != "" || names != "" {
			return nil, fmt.Errorf("--font and --names are for the emoji: they do not go with the folder %s", args[0])
		}
		return dataset.Folder(args[0], held)
	}
	cache, err := nn.CacheDir()
	if err != nil {
		return nil, err
	}
	for name, path := range map[string]*string{"NotoColorEmoji.ttf": &font, "emoji-test.txt": &names} {
		if *path == "" {
			*path = filepath.Join(cache, "emoji", name)
		}
	}
	set, err := dataset.Emoji(font, names, held)
	if err != nil {
		return nil, fmt.Errorf("%w; `make setup` fetches the emoji, and a folder of your own pictures can be given instead", err)
	}
	return set, nil
}

func printSet(w io.Writer, s *dataset.Set, asJSON bool) error {
	count := func(held bool) (n int) {
		for _, g := range s.Groups(held) {
			n += len(g)
		}
		return n
	}
	if asJSON {
		return printJSON(w, map[string]any{"pictures": len(s.Entries), "held": count(true), "left_out": s.LeftOut})
	}
	if _, err := fmt.Fprintf(w, "%7d  pictures to train on\n%7d  held out\n", count(false), count(true)); err != nil {
		return err
	}
	for _, reason := range slices.Sorted(maps.Keys(s.LeftOut)) {
		if _, err := fmt.Fprintf(w, "%7d  left out: %s\n", s.LeftOut[reason], reason); err != nil {
			return err
		}
	}
	return nil
}
