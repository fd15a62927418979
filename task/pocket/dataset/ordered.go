package dataset

import (
	"context"
	"iter"
	"sync"
)

// ordered applies work to what in yields, on several goroutines, and yields the results in in's order. At most ahead are under way or wait to be taken,
// which bounds the memory. It ends early with ctx; whoever takes the results asks ctx why. in runs on a goroutine of its own.
func ordered[I, O any](ctx context.Context, in iter.Seq[I], workers, ahead int, work func(context.Context, I) O) iter.Seq[O] {
	type slot struct {
		in  I
		out chan O
	}
	return func(yield func(O) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		jobs, queue := make(chan slot), make(chan slot, ahead)
		all.Go(func() {
			defer close(queue)
			defer close(jobs)
			for x := range in {
				s := slot{x, make(chan O, 1)}
				for _, to := range []chan slot{queue, jobs} {
					select {
					case to <- s:
					case <-ctx.Done():
						return
					}
				}
			}
		})
		for range workers {
			all.Go(func() {
				for s := range jobs {
					s.out <- work(ctx, s.in)
				}
			})
		}
		for s := range queue {
			select {
			case o := <-s.out:
				if !yield(o) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
