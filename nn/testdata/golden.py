"""Writes golden.safetensors with the reference implementation: pip install safetensors==0.8.0 numpy; python golden.py"""

import pathlib

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "b.weight": numpy.array([[1, -2.5, 3], [4e-30, -0.0, 6e30]], dtype=numpy.float32),
        "a": numpy.arange(4, dtype=numpy.float32) / 3,
        "scalar": numpy.array(7.25, dtype=numpy.float32),
        "empty": numpy.zeros((0, 3), dtype=numpy.float32),
    },
    pathlib.Path(__file__).with_name("golden.safetensors"),
    metadata={"format": "golden-1", "note": "α ≠ σ"},
)
