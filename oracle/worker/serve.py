"""The protocol: one JSON object a line, requests on standard input, answers on the real standard output.

hello    {"receptor_pdbqt", "center", "size", "seed", "exhaustiveness", "picture", "alerts", "references"};
         a size of zeros means that every molecule comes with a box of its own
answer   {"ready": true} or {"ready": false, "error": "..."}
request  {"id", "sdf", "metrics": ["qed", ...]}, and for Vina "pdbqt" (the molecule as Keel writes it) with "atoms" (the record's
         atom, from 0 or -1, of each of its atoms), "threads" to dock with, and, where it has one of its own, "box": {"center", "size"}
answer   {"id", "score": {...}, "failures": [{"reason", "detail"}], "seconds": {step: s}}

The worker ends when standard input does.
"""
import json
import os
import sys

from failure import one_line


def protocol_stream():
    """The real standard output, kept for answers alone: whatever libraries print there goes to standard error."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stream


def open_scorer(hello):
    """(scorer, None) or (None, the answer that says why there is none)."""
    try:
        import scorer

        return scorer.Scorer(hello), None
    except ImportError as e:
        return None, {"ready": False, "error": f"Python {sys.executable} cannot import a module: {one_line(e)}"}
    except Exception as e:
        return None, {"ready": False, "error": f"{type(e).__name__}: {one_line(e)}"}


def main():
    out = protocol_stream()

    def answer(message):
        # NaN is no JSON: allow_nan=False turns a forgotten check into an error that is seen.
        print(json.dumps(message, allow_nan=False), file=out, flush=True)

    hello = json.loads(sys.stdin.buffer.readline())
    scorer, refusal = open_scorer(hello)
    if refusal:
        answer(refusal)
        return
    answer({"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer({"id": request["id"], **scorer.score(request)})
