"""A molecule as it came: read without repair, given hydrogens, written as PDBQT for Vina."""
import functools

import numpy as np
from rdkit import Chem, RDLogger
from scipy.spatial.distance import pdist

from failure import Failure

RDLogger.DisableLog("rdApp.*")

# Atoms nearer than this make a rotation axis of no length, on which Vina's library aborts the process. Å.
COINCIDENT = 0.05


class Ligand:
    """`raw` is the record as read (Kekulé bonds, not sanitised), `mol` the sanitised copy, or None with `flaw` saying why."""

    def __init__(self, block):
        self.raw = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False, strictParsing=True)
        if self.raw is None:
            raise Failure("unreadable SDF record")
        if self.raw.GetNumAtoms() == 0:
            raise Failure("no atoms")
        if not np.isfinite(self.positions()).all():
            raise Failure("coordinates are not finite")
        self.mol, self.flaw = sanitised(self.raw)
        self.fragments = len(Chem.GetMolFrags(self.raw))

    def positions(self):
        """Atom positions [atoms, 3], Å."""
        return self.raw.GetConformer().GetPositions()

    def heavy_positions(self):
        """Positions [heavy, 3] in Å and atomic numbers [heavy] of the heavy atoms."""
        numbers = np.array([a.GetAtomicNum() for a in self.raw.GetAtoms()])
        return self.positions()[numbers > 1], numbers[numbers > 1]

    @functools.cached_property
    def with_hydrogens(self):
        """The sanitised molecule with explicit hydrogens placed on the pose."""
        return Chem.AddHs(self.mol, addCoords=True)

    @functools.cached_property
    def pdbqt(self):
        """The molecule as Vina reads it: Meeko's torsion tree, rings rigid, with the map back to the record's atoms."""
        from meeko import MoleculePreparation, PDBQTWriterLegacy

        if self.fragments > 1:
            raise Failure("not connected", f"{self.fragments} fragments")
        setups = MoleculePreparation(rigid_macrocycles=True).prepare(self.with_hydrogens)
        text, ok, why = PDBQTWriterLegacy.write_string(setups[0], add_index_map=True)
        if not ok:
            raise Failure("Meeko cannot prepare the molecule", why)
        check_pdbqt(text)
        return text


def sanitised(raw):
    """(copy that RDKit sanitised, with stereochemistry read from the pose, None), or (None, Failure)."""
    mol = Chem.Mol(raw)
    try:
        Chem.SanitizeMol(mol)
        Chem.AssignStereochemistryFrom3D(mol)
    except Exception as e:
        return None, Failure("does not sanitise", e)
    return mol, None


def pdbqt_positions(text):
    """{serial number: [x, y, z]} of a PDBQT text, Å. Raises Failure for lines that do not hold three numbers."""
    found = {}
    for line in text.splitlines():
        if line.startswith(("ATOM", "HETATM")):
            try:
                found[int(line[6:11])] = [float(line[k : k + 8]) for k in (30, 38, 46)]
            except ValueError:
                raise Failure("unreadable PDBQT atom line", line) from None
    return found


def check_pdbqt(text):
    """Vina's library ends the process on an empty ligand, on NaN and on coincident atoms, so none may reach it."""
    positions = np.array(list(pdbqt_positions(text).values()))
    if len(positions) == 0:
        raise Failure("no atoms", "empty PDBQT")
    if not np.isfinite(positions).all():
        raise Failure("coordinates are not finite")
    if len(positions) > 1 and pdist(positions).min() < COINCIDENT:
        raise Failure("atoms coincide", f"{pdist(positions).min():.3f} Å apart")
