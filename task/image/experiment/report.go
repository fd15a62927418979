package experiment

import (
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"keel/figure"
	"keel/task/image"
)

// WriteText writes the untuned model's figures, and a table for each reward: means over the seeds.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if err := writeQuality(t, r.Untuned); err != nil {
		return err
	}
	rewards, estimators := r.names()
	for _, metric := range rewards {
		fmt.Fprintf(t, "\n%s\treward before\tafter\tworst, best\tcalls to DDPO-IS's last\tvariety then\tvariety\tvariety (encoder)\tretrieval\tscenes right\tFréchet\tnearest\tseconds\t\n", title(metric))
		target := lastOf(r.of(metric, "ddpo-is"))
		for _, algo := range estimators {
			list := r.of(metric, algo)
			if len(list) == 0 {
				continue
			}
			low, high := math.Inf(1), math.Inf(-1)
			for _, one := range list {
				low, high = min(low, float64(one.After.Reward)), max(high, float64(one.After.Reward))
			}
			mean := func(f func(Result) image.Number) (sum float64) {
				for _, one := range list {
					sum += float64(f(one)) / float64(len(list))
				}
				return sum
			}
			calls, variety := reaches(list, target)
			fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f, %.3f\t%s\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.0f\t\n", algo,
				mean(func(o Result) image.Number { return o.Before.Reward }), mean(func(o Result) image.Number { return o.After.Reward }), low, high,
				calls, variety, mean(func(o Result) image.Number { return o.After.Variety }), mean(func(o Result) image.Number { return o.Quality.Features }),
				mean(func(o Result) image.Number { return o.Quality.Retrieval["trained captions"] }),
				mean(func(o Result) image.Number { return image.Number(o.Quality.Scenes["trained"].Right) }), mean(func(o Result) image.Number { return o.Quality.Frechet }),
				mean(func(o Result) image.Number { return o.Quality.Nearest }), mean(func(o Result) image.Number { return image.Number(o.Seconds) }))
		}
	}
	return t.Flush()
}

func writeQuality(w io.Writer, q *image.Quality) error {
	fmt.Fprintf(w, "untuned, %d pictures\tvariety\tvariety (encoder)\tnearest\tof held-out\tFréchet\tof the data's halves\t\n", q.Pictures)
	fmt.Fprintf(w, "\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", q.Variety, q.Features, q.Nearest, q.NearestOf, q.Frechet, q.FrechetOf)
	fmt.Fprintf(w, "scenes\tright\tcolours\tshapes\tplace\t\n")
	for _, kind := range slices.Sorted(maps.Keys(q.Scenes)) {
		f := q.Scenes[kind]
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t\n", kind, f.Right, f.Colours, f.Shapes, f.Place)
	}
	_, err := fmt.Fprintf(w, "retrieval among 100\tdrawn\tthe data's own\t\n")
	for _, kind := range slices.Sorted(maps.Keys(q.Retrieval)) {
		_, err = fmt.Fprintf(w, "%s\t%.3f\t%.3f\t\n", kind, q.Retrieval[kind], q.Real[kind])
	}
	return err
}

// lastOf is the mean over runs of the mean reward of their last two iterations.
func lastOf(list []Result) float64 {
	var sum float64
	for _, one := range list {
		n := len(one.Curve)
		from := max(n-2, 0)
		for _, v := range one.Curve[from:] {
			sum += v / float64(n-from)
		}
	}
	return sum / float64(len(list)) // NaN without runs
}

// reaches says after how many reward calls the mean curve of the runs is first at the target, and what variety their samples have there.
func reaches(list []Result, target float64) (calls, variety string) {
	if math.IsNaN(target) {
		return "–", "–"
	}
	s := series("", list)
	for i, y := range s.Y {
		if y < target {
			continue
		}
		var sum, n float64
		for _, r := range list {
			if i < len(r.Variety) {
				sum, n = sum+float64(r.Variety[i]), n+1
			}
		}
		return fmt.Sprintf("%.0f", s.X[i]), fmt.Sprintf("%.3f", sum/n)
	}
	return "not reached", "–"
}

// series is the mean over the seeds with the band from the worst to the best.
func series(label string, list []Result) figure.Series {
	out := figure.Series{Label: label}
	for i := 0; ; i++ {
		var n, x, sum float64
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range list {
			if i < len(r.Curve) {
				n, x, sum = n+1, r.Calls[i], sum+r.Curve[i]
				low, high = min(low, r.Curve[i]), max(high, r.Curve[i])
			}
		}
		if n == 0 {
			return out
		}
		out.X, out.Y = append(out.X, x), append(out.Y, sum/n)
		out.Low, out.High = append(out.Low, low), append(out.High, high)
	}
}

// Draw writes a figure for each two rewards into the folder: reward against reward calls, as PNG and SVG.
func (r *Report) Draw(dir string) error {
	rewards, estimators := r.names()
	for from := 0; from < len(rewards); from += 2 {
		var panels []figure.Panel
		for _, metric := range rewards[from:min(from+2, len(rewards))] {
			p := figure.Panel{Title: title(metric), X: "Reward calls", Y: "Mean reward"}
			for _, algo := range estimators {
				if list := r.of(metric, algo); len(list) > 0 {
					p.Series = append(p.Series, series(algo, list))
				}
			}
			panels = append(panels, p)
		}
		if err := figure.Lines(filepath.Join(dir, fmt.Sprintf("image-rewards-%d", from/2+1)), panels...); err != nil {
			return err
		}
	}
	return nil
}
