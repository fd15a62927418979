#!/usr/bin/env python3
"""Runs the toy experiment with Keel and with PyTorch in alternating pairs, and prints medians and the ratio of each pair.

Run it from anywhere with any Python 3; --python names the interpreter that has PyTorch.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent / "task" / "gauss"


def keel(binary, algo, iterations, seed):
    """Iterations per second and the objective of one run of BenchmarkIteration."""
    out = subprocess.run([binary, "-test.run=^$", f"-test.bench=^BenchmarkIteration$/^{algo}$", f"-test.benchtime={iterations}x"],
                         cwd=PACKAGE, env={**os.environ, "KEEL_BACKEND": "xla", "KEEL_BENCH_SEED": str(seed)},
                         check=True, capture_output=True, text=True).stdout
    words = next(line for line in out.splitlines() if line.startswith("BenchmarkIteration/")).split()
    value = {unit: float(number) for number, unit in zip(words, words[1:]) if unit in ("iterations/s", "objective")}
    return value["iterations/s"], value["objective"]


def peer(python, algo, iterations, seed, options):
    """The same of toy_torch.py."""
    out = subprocess.run([python, HERE / "toy_torch.py", "--json", "--algo", algo, "--iterations", str(iterations), "--first-seed", str(seed), *options],
                         check=True, capture_output=True, text=True).stdout
    value = json.loads(out)
    return value["per_second"], value["objective"]


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--python", default="python3", help="an interpreter that has PyTorch")
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--iterations", type=int, default=60, help="of one run; the learning rates decay over them")
    p.add_argument("--algos", nargs="+", default=["ddpo-is", "diffac"])
    p.add_argument("--threads", nargs="+", default=["1", "2"], help="PyTorch's; the fastest counts")
    p.add_argument("--compile", action="store_true", help="torch.compile the networks")
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        binary = str(pathlib.Path(folder) / "gauss.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "."], cwd=PACKAGE, check=True)
        for algo in args.algos:
            ours, theirs = [], {t: [] for t in args.threads}
            for seed in range(1, args.pairs + 1):
                ours.append(keel(binary, algo, args.iterations, seed))
                for t in args.threads:
                    theirs[t].append(peer(args.python, algo, args.iterations, seed, ["--threads", t, *["--compile"] * args.compile]))
            best = max(args.threads, key=lambda t: statistics.median(speed for speed, _ in theirs[t]))
            print(f"{algo}: {args.pairs} pairs of {args.iterations} iterations, median (least to most)")
            print(f"  Keel       {spread([v for v, _ in ours], 1)} iterations/s, objective {spread([v for _, v in ours], 3)}")
            for t, runs in theirs.items():
                print(f"  PyTorch/{t}  {spread([v for v, _ in runs], 1)} iterations/s, objective {spread([v for _, v in runs], 3)}")
            print(f"  Keel / PyTorch/{best}, pair by pair: {spread([a / b for (a, _), (b, _) in zip(ours, theirs[best])], 2)}", flush=True)


if __name__ == "__main__":
    main()
