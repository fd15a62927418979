"""How a pose sits in its receptor: clashes and PoseBusters' tests."""
import functools

import numpy as np
from rdkit import Chem

from failure import Failure

# A ligand atom clashes when nearer to a receptor heavy atom than this share of the sum of their van der Waals radii:
# PoseBusters' threshold (Buttenschoen et al. 2024), with RDKit's radii, as there.
CLASH = 0.75

# AutoDock's types that are not an element's symbol.
ELEMENT_OF_TYPE = {"A": "C", "NA": "N", "NS": "N", "OA": "O", "OS": "O", "SA": "S", "HD": "H", "HS": "H"}


# No test of PoseBusters' dock set looks further than 6 Å from the ligand, so this much of the receptor gives the same verdict
# in a tenth of the time. Å.
NEIGHBOURHOOD = 10.0


class Contacts:
    """The heavy atoms of a receptor, from the PDBQT text that Vina reads: what is no receptor for one is none for the other."""

    def __init__(self, receptor_pdbqt):
        lines = [x for x in receptor_pdbqt.splitlines() if x.startswith(("ATOM", "HETATM"))]
        kept = [(x, symbol) for x in lines if (symbol := element(x)) != "H"]
        self.positions = np.array([[float(x[k : k + 8]) for k in (30, 38, 46)] for x, _ in kept]).reshape(-1, 3)
        self.pdb_lines = [f"{x[:66]:<76}{symbol.upper():>2}\n" for x, symbol in kept]
        table = Chem.GetPeriodicTable()
        self.radii = np.array([table.GetRvdw(symbol) for _, symbol in kept])

    def clashes(self, ligand):
        """Number of ligand heavy atoms nearer to some receptor heavy atom than CLASH times the sum of radii."""
        positions, numbers = ligand.heavy_positions()
        table = Chem.GetPeriodicTable()
        radii = np.array([table.GetRvdw(int(n)) for n in numbers])
        apart = distances(positions, self.positions)
        return int((apart < CLASH * (radii[:, None] + self.radii[None, :])).any(axis=1).sum())

    def pb_failed(self, ligand):
        """Names of the tests of PoseBusters' `dock` set that the pose fails, all but the energy ratio (1.4 s a molecule)."""
        near = distances(ligand.positions(), self.positions).min(axis=0) < NEIGHBOURHOOD
        if not near.any():
            return ["protein-ligand_maximum_distance"]  # what PoseBusters calls it; it reads no empty receptor
        block = "".join(line for line, is_near in zip(self.pdb_lines, near) if is_near)
        receptor = Chem.MolFromPDBBlock(block, sanitize=False, removeHs=False, proximityBonding=False)
        if receptor is None:
            raise Failure("RDKit does not read the receptor as PDB")
        passed = posebusters().bust([ligand.raw], mol_cond=receptor).iloc[0].fillna(False).astype(bool)
        return [str(test) for test, good in passed.items() if not good]


def distances(a, b):
    """Distances [len(a), len(b)] in Å. SciPy is imported on first use, for it takes as long as all the rest of a worker's start."""
    from scipy.spatial.distance import cdist

    return cdist(a, b)


@functools.cache
def posebusters():
    """Imported on first use, for it takes a second. `dock_fast` is `dock` without the energy ratio."""
    try:
        from posebusters import PoseBusters
    except ImportError as e:
        raise Failure("PoseBusters is not installed", e) from None
    return PoseBusters(config="dock_fast", max_workers=0)


def element(line):
    """Element symbol of a PDBQT atom line."""
    kind = line[77:].split()[0] if line[77:].split() else ""
    symbol = ELEMENT_OF_TYPE.get(kind, kind.capitalize())
    try:
        Chem.GetPeriodicTable().GetAtomicNumber(symbol)
    except RuntimeError:
        raise Failure("unknown atom type in the receptor PDBQT", line) from None
    return symbol
