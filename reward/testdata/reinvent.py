#!/usr/bin/env python3
"""Values of REINVENT 4's own transforms and means, for the tests of package reward.

    reinvent.py CHECKOUT          writes reinvent.json beside itself

CHECKOUT is a working copy of MolecularAI/REINVENT4; what is there was made with commit 43094673bf0babf858814df458e42c90d7f0cf94.
"""
import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(sys.argv[1], "reinvent", "scoring"))
from aggregators import arithmetic_mean, geometric_mean  # noqa: E402
from transforms.transform import get_transform  # noqa: E402

XS = [-20, -12.5, -9, -8, -5.5, -3, -1, -0.25, 0, 0.1, 0.3, 0.5, 0.75, 1, 2, 2.5, 3, 4.5, 5, 6, 7.5, 9, 12, 40, 100, 300, 500, 900]
CASES = [
    ("sigmoid", {"low": 2.0, "high": 6.0, "k": 0.5}),
    ("sigmoid", {"low": -8.0, "high": 0.5, "k": 0.25}),
    ("sigmoid", {"low": 3.0, "high": 3.0, "k": 1.0}),
    ("reverse_sigmoid", {"low": -12.0, "high": -3.0, "k": 0.3}),
    ("reverse_sigmoid", {"low": 1.0, "high": 1.0, "k": 0.5}),
    ("double_sigmoid", {"low": 200.0, "high": 500.0}),
    ("double_sigmoid", {"low": 0.0, "high": 5.0, "coef_div": 5.0, "coef_si": 20.0, "coef_se": 10.0}),
    ("double_sigmoid", {"low": 1.0, "high": 3.0, "coef_div": 0.0, "coef_si": 1.0, "coef_se": 1.0}),
    ("step", {"low": 0.5, "high": 5.0}),
    ("left_step", {"low": 3.0}),
    ("right_step", {"high": 3.0}),
    ("exponential_decay", {"k": 0.4}),
]


def transformed(name, parameters):
    transform, parameters_of = get_transform(name)
    values = transform(parameters_of(type=name, **parameters))(np.array(XS))
    return {"transform": name, **parameters, "values": [float(v) for v in values]}


def main():
    rng = np.random.default_rng(5)
    means = []
    for n in 1, 2, 3, 5:
        values, weights = rng.uniform(0, 1, n).round(3), rng.uniform(0.1, 3, n).round(2)
        values[0] = 0.0 if n == 3 else values[0]
        pairs = [(np.array([v]), w) for v, w in zip(values, weights)]
        means.append({"values": values.tolist(), "weights": weights.tolist(),
                      "sum": float(arithmetic_mean(pairs)[0]), "product": float(geometric_mean(pairs)[0])})
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reinvent.json"), "w") as f:
        json.dump({"x": XS, "transforms": [transformed(*case) for case in CASES], "means": means}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
