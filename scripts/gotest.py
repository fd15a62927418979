"""Runs go test on the packages given, shows go test's own closing lines and every failure, and ends with the counts.

A skipped test counts as a failure: this is the command that never skips.
"""

import json
import subprocess
import sys


def main(args):
    command = ["go", "test", "-json", *args]
    counts = {"pass": 0, "fail": 0, "skip": 0}
    output = {}  # of the tests that still run
    skipped = []
    broken = set()  # packages that failed, with the tests that failed in them counted below
    failed_in = set()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        try:
            event = json.loads(line)
        except ValueError:  # go itself speaks
            print(line, end="", flush=True)
            continue
        action, package, test = event["Action"], event.get("Package") or event.get("ImportPath", ""), event.get("Test")
        if action in ("output", "build-output"):
            if test is None:
                if event["Output"] not in ("PASS\n", "FAIL\n"):
                    print(event["Output"], end="", flush=True)
            else:
                output.setdefault((package, test), []).append(event["Output"])
        elif test is None:
            if action == "fail":
                broken.add(package)
        elif action in counts:
            counts[action] += 1
            lines = output.pop((package, test), [])
            if action == "fail":
                failed_in.add(package)
                print("".join(lines), end="", flush=True)
            elif action == "skip":
                skipped.append(f"{package} {test}: " + " ".join("".join(lines).split()))
    code = process.wait()
    for (package, test), lines in output.items():  # cut short by a panic or a time limit
        print(f"{package} {test}: never ended\n" + "".join(lines), end="")
    for line in skipped:
        print("skipped:", line)
    failed = counts["fail"] + counts["skip"] + len(broken - failed_in)
    print(f"{counts['pass']} passed, {failed} failed")
    return 1 if failed or code else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
