package pretrain

import (
	"context"
	"math/rand/v2"
	"runtime"

	"keel/nn"
)

// ahead makes the batches of coming steps ready on other cores while one step runs. What a step trains on follows from the seed and the step alone, so
// it does not matter which core is how fast.
type ahead struct {
	queue chan chan made
	stop  context.CancelFunc
}

// made is a step's batch, or why there is none.
type made struct {
	ready *Ready
	err   error
}

// newAhead begins with the given step.
func newAhead(seed uint64, step int, stepper *Stepper, src Source) *ahead {
	ctx, cancel := context.WithCancel(context.Background())
	a := &ahead{queue: make(chan chan made, runtime.GOMAXPROCS(0)), stop: cancel}
	go func() {
		defer close(a.queue)
		for step := step; ctx.Err() == nil; step++ {
			place := make(chan made, 1)
			select {
			case a.queue <- place:
			case <-ctx.Done():
				return
			}
			go func() {
				rng := rand.New(rand.NewPCG(seed, uint64(step)))
				batch, err := src.Next(rng)
				if err != nil {
					place <- made{err: err}
					return
				}
				ready, err := stepper.Ready(batch, rng)
				place <- made{ready, err}
			}()
		}
	}()
	return a
}

// next is the following step's batch.
func (a *ahead) next() (*Ready, error) {
	m := <-<-a.queue
	return m.ready, m.err
}

// close stops the making and releases what was made for nothing.
func (a *ahead) close() {
	a.stop()
	for place := range a.queue {
		if m := <-place; m.ready != nil {
			m.ready.Free()
			nn.Free(m.ready.Batch.Cond...)
		}
	}
}
