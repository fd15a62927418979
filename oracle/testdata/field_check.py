"""Says what worker/vinafield.py makes of a request on standard input, and how far its gradient is from that of differences."""
import json
import sys

import numpy as np
import vinafield
from ligand import Ligand

request = json.load(sys.stdin)
ligand = Ligand(request["sdf"], request["pdbqt"], request["atoms"])
atoms = vinafield.ligand_atoms(ligand)
field = vinafield.Field(vinafield.receptor_atoms(open(sys.argv[1]).read()), atoms)
energy, gradient = field(atoms.positions)

rng = np.random.default_rng(1)
worst, step = 0.0, 1e-5
for _ in range(20):
    way = rng.normal(size=gradient.shape)
    ends = [field(atoms.positions + sign * step * way)[0] for sign in (1, -1)]
    worst = max(worst, abs((ends[0] - ends[1]) / (2 * step) - (gradient * way).sum()) / (1 + abs(gradient).max()))
print(json.dumps({"energy": energy, "slope": worst}))
