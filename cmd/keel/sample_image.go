package main

import (
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"slices"
	"strings"

	stdimage "image"

	"github.com/spf13/cobra"

	"keel/run"
	"keel/task/image"
	"keel/task/image/caption"
	"keel/task/image/picture"
)

// drawn is a line of pictures.json.
type drawn struct {
	File   string `json:"file"`
	Prompt string `json:"prompt"`
}

// drawPictures is sample with --task image.
func (j *sampleJob) drawPictures(cmd *cobra.Command) error {
	for _, flag := range []string{"pocket", "ligand", "center", "atoms", "fix", "relax", "workers", "noise"} {
		if cmd.Flags().Changed(flag) {
			return badInputf("--%s is for molecules: leave it out with --task image", flag)
		}
	}
	if len(j.prompts) == 0 || j.out == "" {
		return badInputf("--prompt (what to draw) and --out (the folder to make) are needed")
	}
	if !cmd.Flags().Changed("number") {
		j.n = 16
	}
	if !cmd.Flags().Changed("steps") {
		j.how.Steps = image.DefaultSteps
	}
	if j.n < 1 {
		return badInputf("-n %d: expected at least 1", j.n)
	}
	var captions []caption.Caption
	for _, p := range j.prompts {
		c, err := caption.Parse(p)
		if err != nil {
			return badInputf("--prompt: %w", err)
		}
		for range j.n {
			captions = append(captions, c)
		}
	}
	engine, err := openEngine(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if j.weights == "" {
		j.weights = shipped("weights/image.safetensors")
	}
	model, err := image.ReadModel(engine, j.weights)
	if err != nil {
		return badInput(err)
	}
	sampler, err := image.NewSampler(engine, model, j.guidance, j.how.Steps)
	if err != nil {
		return badInput(err)
	}
	tellUnseen(cmd.ErrOrStderr(), model, captions)
	if err := makeFolder(j.out); err != nil {
		return badInput(err)
	}
	return j.writePictures(cmd, sampler, model, captions)
}

// tellUnseen names the words of prompts that the model's training never saw.
func tellUnseen(w io.Writer, m *image.Model, captions []caption.Caption) {
	var words []string
	for _, c := range captions {
		words = append(words, m.Unseen(c)...)
	}
	slices.Sort(words)
	if words = slices.Compact(words); len(words) > 0 {
		fmt.Fprintf(w, "never seen in training, and taken for what they look like: %s\n", strings.Join(words, ", "))
	}
}

func (j *sampleJob) writePictures(cmd *cobra.Command, sampler *image.Sampler, model *image.Model, captions []caption.Caption) error {
	var frames []*stdimage.NRGBA
	columns := min(j.n, 8)
	states, err := sampler.Draw(cmd.Context(), model.Params, captions, j.seed, func(_ int, clean [][]float32) {
		frames = append(frames, picture.Sheet(image.Pictures(clean), columns))
	}, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	list := image.Pictures(states)
	var table []drawn
	for i, m := range list {
		d := drawn{File: fmt.Sprintf("picture-%04d.png", i+1), Prompt: captions[i].String()}
		if err := writePNG(filepath.Join(j.out, d.File), m); err != nil {
			return err
		}
		table = append(table, d)
	}
	sheet := filepath.Join(j.out, "sheet.png")
	if err := writePNG(sheet, picture.Sheet(list, columns)); err != nil {
		return err
	}
	err = run.WriteFile(filepath.Join(j.out, "denoising.png"), func(w io.Writer) error { return picture.WriteAnimation(w, frames, 80) })
	if err != nil {
		return err
	}
	if err := run.WriteFile(filepath.Join(j.out, "pictures.json"), func(w io.Writer) error { return printJSON(w, table) }); err != nil {
		return err
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), table)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d pictures\n%s\n%s\n", len(list), sheet, filepath.Join(j.out, "denoising.png"))
	return err
}

func writePNG(path string, m stdimage.Image) error {
	return run.WriteFile(path, func(w io.Writer) error { return png.Encode(w, m) })
}
