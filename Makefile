# make        builds bin/keel
# make setup  installs the XLA plug-in and the reward workers' Python packages into Keel's cache folder
# make demo   sets up, builds, and tunes the shipped model on HIV-1 protease (examples/1hpv) into runs/demo
# make test   sets up, lints, and runs every test; nothing is skipped
# make bench  prints the benchmarks

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all build setup demo lint test bench clean
all: build

build:
	go build -o bin/keel ./cmd/keel

setup:
	./scripts/setup.sh

# An earlier demo is kept once, as runs/demo.old.
demo: setup build
	@if [ -e runs/demo ]; then rm -rf runs/demo.old && mv runs/demo runs/demo.old && echo "the earlier run is now runs/demo.old"; fi
	./bin/keel tune examples/1hpv/demo.toml --out runs/demo

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:" $$unformatted; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

test: setup lint
	KEEL_TEST_ALL=1 python3 scripts/gotest.py -timeout 20m ./...

bench: setup build
	./bin/keel bench engine
	./bin/keel bench sampling
	./bin/keel bench rewards
	./bin/keel bench tune
	./bin/keel bench gradient --out runs/gradient
	./bin/keel bench stability --out runs/stability

clean:
	rm -rf bin
