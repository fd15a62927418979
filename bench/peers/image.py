#!/usr/bin/env python3
"""Times training steps of the picture networks with Keel and with PyTorch in alternating pairs, and prints medians and the ratio of each pair.

Run it from anywhere with any Python 3; --python names the interpreter that has PyTorch.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

# What keel sets for itself (cmd/keel/malloc.go); PyTorch gets it too.
MALLOC = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184"}
HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent / "task" / "image"


def keel(binary, kind, steps):
    """Examples per second of one run of BenchmarkTraining."""
    out = subprocess.run([binary, "-test.run=^$", f"-test.bench=^BenchmarkTraining$/^{kind}$", f"-test.benchtime={steps}x"],
                         cwd=PACKAGE, env={**os.environ, **MALLOC, "KEEL_BACKEND": "xla"}, check=True, capture_output=True, text=True).stdout
    words = next(line for line in out.splitlines() if line.startswith("BenchmarkTraining/")).split()
    return next(float(number) for number, unit in zip(words, words[1:]) if unit == "examples/s")


def peer(python, kind, steps, options):
    """The same of image_torch.py."""
    out = subprocess.run([python, HERE / "image_torch.py", "--kind", kind, "--steps", str(steps), *options],
                         env={**os.environ, **MALLOC}, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["per_second"]


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--python", default="python3", help="an interpreter that has PyTorch")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--steps", type=int, default=15, help="of one run, of 64 examples each")
    p.add_argument("--kinds", nargs="+", default=["unet", "transformer"])
    p.add_argument("--compile", action="store_true", help="torch.compile the loss as well, and let the faster count")
    args = p.parse_args()
    ways = {"eager": [], "compiled": ["--compile"]} if args.compile else {"eager": []}
    with tempfile.TemporaryDirectory() as folder:
        binary = str(pathlib.Path(folder) / "image.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "."], cwd=PACKAGE, check=True)
        for kind in args.kinds:
            ours, theirs = [], {way: [] for way in ways}
            for _ in range(args.pairs):
                ours.append(keel(binary, kind, args.steps))
                for way, options in ways.items():
                    theirs[way].append(peer(args.python, kind, args.steps, options))
            best = max(ways, key=lambda way: statistics.median(theirs[way]))
            print(f"{kind}: {args.pairs} pairs of {args.steps} steps, median (least to most)")
            print(f"  Keel              {spread(ours, 1)} examples/s")
            for way, runs in theirs.items():
                print(f"  PyTorch, {way:8} {spread(runs, 1)} examples/s")
            print(f"  Keel / PyTorch ({best}), pair by pair: {spread([a / b for a, b in zip(ours, theirs[best])], 2)}", flush=True)


if __name__ == "__main__":
    main()
