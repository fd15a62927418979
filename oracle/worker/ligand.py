"""A molecule as it came: read without repair, with the PDBQT that Keel wrote of it for Vina."""
import functools

import numpy as np
from rdkit import Chem, RDLogger

from failure import Failure

RDLogger.DisableLog("rdApp.*")

# Atoms nearer than this make a rotation axis of no length, on which Vina's library aborts the process. Å.
COINCIDENT = 0.05


class Ligand:
    """`raw` is the record as read (Kekulé bonds, not sanitised), `mol` the sanitised copy, or None with `flaw` saying why."""

    def __init__(self, record, pdbqt=None, atoms=None):
        """`record` is SDF text, or what RDKit read of one. `pdbqt` is the molecule as Keel itself wrote it for Vina, `atoms` the record's
        atom (from 0, or -1) of each of its atoms."""
        self.given, self.given_atoms = pdbqt, atoms
        self.raw = record
        if isinstance(record, str):
            self.raw = Chem.MolFromMolBlock(record, sanitize=False, removeHs=False, strictParsing=True)
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

    def moved(self, positions):
        """The same molecule with its atoms at positions [atoms, 3] in Å, rounded as a record has them."""
        raw = Chem.Mol(self.raw)
        raw.GetConformer().SetPositions(np.ascontiguousarray(np.round(positions, 4)))
        return Ligand(raw)

    def heavy_positions(self):
        """Positions [heavy, 3] in Å and atomic numbers [heavy] of the heavy atoms."""
        numbers = np.array([a.GetAtomicNum() for a in self.raw.GetAtoms()])
        return self.positions()[numbers > 1], numbers[numbers > 1]

    @functools.cached_property
    def with_hydrogens(self):
        """The sanitised molecule with explicit hydrogens placed on the pose."""
        return Chem.AddHs(self.mol, addCoords=True)

    @functools.cached_property
    def plain(self):
        """The sanitised molecule with its hydrogens implicit: what fingerprints, alerts and counts are defined on."""
        return Chem.RemoveHs(self.mol)

    @functools.cached_property
    def pdbqt(self):
        """The molecule as Vina reads it."""
        if self.given is None:
            raise Failure("no PDBQT came with the molecule")
        check_pdbqt(self.given)
        return self.given

    @property
    def places(self):
        """[(atom of the record or -1, serial number in the PDBQT)]."""
        serials = list(pdbqt_positions(self.pdbqt))
        if self.given_atoms is None or len(self.given_atoms) != len(serials):
            raise Failure("the PDBQT and its list of atoms differ in length")
        return list(zip(self.given_atoms, serials))


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
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2) + np.diag(np.full(len(positions), np.inf))
    if apart.min() < COINCIDENT:
        raise Failure("atoms coincide", f"{apart.min():.3f} Å apart")
