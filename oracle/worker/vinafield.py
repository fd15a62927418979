"""Vina's terms between a ligand and its receptor, with their gradient: what holds a pose in its pocket while it relaxes.

Equation 1 of Trott and Olson 2010 with Vina's weights; the energies in the score table are Keel's own (package vina). A test holds these
to them, but for Vina's tables, whose bins differ from the formula by a few hundredths of a kcal/mol.
"""
import numpy as np

from contacts import ELEMENT_OF_TYPE
from failure import Failure

CUTOFF = 8.0  # where the pair terms end, Å
MARGIN = 2.0  # pairs this much further apart are kept too, for atoms move; Å

# Van der Waals radii in Å, and covalent ones by which bonds are found; what has neither is a metal.
RADIUS = {"C": 1.9, "N": 1.8, "O": 1.7, "S": 2.0, "Se": 2.0, "P": 2.1, "F": 1.5, "Cl": 1.8, "Br": 2.0, "I": 2.2, "Si": 2.2, "At": 2.3}
COVALENT = {"H": 0.37, "C": 0.77, "N": 0.75, "O": 0.73, "S": 1.02, "P": 1.06, "F": 0.71, "Cl": 0.99, "Br": 1.14, "I": 1.33}
METAL_RADIUS, METAL_COVALENT = 1.2, 1.3
BOND = 1.1  # atoms nearer than this times the sum of their covalent radii are bonded
LONGEST_BOND = BOND * 2 * 1.33  # Å

HALOGENS = "F", "Cl", "Br", "I"
ACCEPTORS = "OA", "NA"  # AutoDock's types that accept a hydrogen bond; Vina leaves out sulfur

# kcal/mol
GAUSS1, GAUSS2, REPULSION, HYDROPHOBIC, HYDROGEN = -0.035579, -0.005156, 0.840245, -0.035069, -0.587439


class Atoms:
    """What the terms need of heavy atoms: positions [n, 3], radii [n], and whether they are hydrophobic, donors, acceptors."""

    def __init__(self, positions, elements, types, beside_hetero, beside_hydrogen):
        metal = np.array([e not in RADIUS for e in elements])
        self.positions = positions
        self.radii = np.array([RADIUS.get(e, METAL_RADIUS) for e in elements])
        self.hydrophobic = (elements == "C") & ~beside_hetero | np.isin(elements, HALOGENS)
        self.donor = np.isin(elements, ("N", "O")) & beside_hydrogen | metal
        self.acceptor = np.isin(types, ACCEPTORS)


def atom_lines(pdbqt):
    """(positions [n, 3] in Å, AutoDock types [n]) of a PDBQT text."""
    lines = [x for x in pdbqt.splitlines() if x.startswith(("ATOM", "HETATM"))]
    positions = np.array([[float(x[k : k + 8]) for k in (30, 38, 46)] for x in lines]).reshape(-1, 3)
    return positions, np.array([x[77:].split()[0] for x in lines], dtype=object)


def receptor_atoms(pdbqt):
    """The receptor's heavy atoms; its bonds are found by distance, as Vina does."""
    from scipy.spatial import cKDTree

    positions, types = atom_lines(pdbqt)
    elements = np.array([ELEMENT_OF_TYPE.get(t, t) for t in types], dtype=object)
    covalent = np.array([COVALENT.get(e, METAL_COVALENT) for e in elements])
    a, b = cKDTree(positions).query_pairs(LONGEST_BOND, output_type="ndarray").T
    bonded = np.linalg.norm(positions[a] - positions[b], axis=1) < BOND * (covalent[a] + covalent[b])
    a, b = np.concatenate([a[bonded], b[bonded]]), np.concatenate([b[bonded], a[bonded]])
    beside_hetero, beside_hydrogen = np.zeros((2, len(types)), dtype=bool)
    beside_hetero[a[~np.isin(elements[b], ("C", "H"))]] = True
    beside_hydrogen[a[types[b] == "HD"]] = True
    heavy = elements != "H"
    return Atoms(*(x[heavy] for x in (positions, elements, types, beside_hetero, beside_hydrogen)))


def ligand_atoms(ligand):
    """The ligand's heavy atoms in the record's order, types from its PDBQT, neighbours from its bonds: a pose that needs relaxing may
    have atoms too near that are not bonded."""
    mol = ligand.with_hydrogens
    _, types = atom_lines(ligand.pdbqt)
    type_of = {atom: t for (atom, _), t in zip(ligand.places, types)}
    heavy = [a for a in mol.GetAtoms() if a.GetAtomicNum() > 1]
    beside = [{n.GetSymbol() for n in a.GetNeighbors()} for a in heavy]
    missing = [a.GetIdx() for a in heavy if a.GetIdx() not in type_of]
    if missing:
        raise Failure("the PDBQT lacks an atom of the record", f"atom {missing[0] + 1}")
    return Atoms(
        mol.GetConformer().GetPositions()[[a.GetIdx() for a in heavy]],
        np.array([a.GetSymbol() for a in heavy], dtype=object),
        np.array([type_of[a.GetIdx()] for a in heavy], dtype=object),
        np.array([bool(b - {"C", "H"}) for b in beside]),
        np.array(["H" in b for b in beside]),
    )


class Field:
    """The energy of a ligand's heavy atoms in a receptor, for poses that have moved at most MARGIN."""

    def __init__(self, receptor, ligand):
        from scipy.spatial.distance import cdist

        near = cdist(ligand.positions, receptor.positions) < CUTOFF + MARGIN
        self.atoms = len(ligand.positions)
        self.i, j = np.nonzero(near)
        self.fixed = receptor.positions[j]
        self.contact = ligand.radii[self.i] + receptor.radii[j]
        self.hydrophobic = HYDROPHOBIC * (ligand.hydrophobic[self.i] & receptor.hydrophobic[j])
        bonding = ligand.donor[self.i] & receptor.acceptor[j] | ligand.acceptor[self.i] & receptor.donor[j]
        self.hydrogen = HYDROGEN * bonding

    def __call__(self, positions):
        """(energy in kcal/mol, gradient [atoms, 3] in kcal/mol/Å) at positions [atoms, 3] in Å."""
        apart = positions[self.i] - self.fixed
        r = np.sqrt((apart**2).sum(axis=1)) + 1e-9
        surface = r - self.contact
        gauss1 = GAUSS1 * np.exp(-((surface / 0.5) ** 2))
        wide = (surface - 3) / 2
        gauss2 = GAUSS2 * np.exp(-(wide**2))
        overlap = np.minimum(surface, 0)
        energy = gauss1 + gauss2 + REPULSION * overlap**2
        slope = -8 * surface * gauss1 - wide * gauss2 + 2 * REPULSION * overlap
        for weight, near, width in ((self.hydrophobic, 1.5 - surface, 1.0), (self.hydrogen, -surface, 0.7)):
            energy += weight * np.clip(near / width, 0, 1)
            slope -= weight * ((near > 0) & (near < width)) / width
        within = r < CUTOFF
        push = (slope * within / r)[:, None] * apart
        gradient = np.stack([np.bincount(self.i, push[:, k], self.atoms) for k in range(3)], axis=1)
        return float((energy * within).sum()), gradient
