package supervise

import (
	"context"
	"fmt"
	"os"
)

// fakeKeel starts a worker that never answers, says so and waits to be killed.
func fakeKeel() {
	pool, err := Start(context.Background(), fake(1, os.Args[2]))
	if err != nil {
		panic(err)
	}
	fmt.Println("started")
	pool.Do(context.Background(), []Request{{Body: question{Do: "hang", Fresh: true}}}, nil)
}
