"""Rough geometry made plausible before a force field sees it: distances between atoms within the bounds of RDKit's distance geometry.

A force field alone leaves a double bond that starts far from its plane, or a folded trigonal atom, in a false minimum, and puts hydrogens
where there is no room for them. Distances have neither trouble, and PoseBusters judges bonds, angles and inner clashes by the same bounds.
"""
import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from failure import Failure

NEAR = 3  # atoms at most so many bonds apart have their distance from bond lengths, angles and planes
STIFF, SOFT = 200.0, 20.0  # of their bounds, and of the bounds of atoms further apart
TETHER = 1.0  # of each atom to where it was; all three in the same unit, energy/Å²
STEPS = 500


def tidied(mol):
    """Positions [atoms, 3] in Å near those of the sanitised molecule, whose stereochemistry is respected as the bounds know it."""
    from scipy.optimize import minimize

    try:
        bounds = rdDistGeom.GetMoleculeBoundsMatrix(mol, set15bounds=True, scaleVDW=True)
    except RuntimeError as e:
        raise Failure("no distance bounds for the molecule", e) from None
    atoms = mol.GetNumAtoms()
    i, j = np.triu_indices(atoms, 1)
    most, least = bounds[i, j], bounds[j, i]
    weight = np.where(Chem.GetDistanceMatrix(mol)[i, j] <= NEAR, STIFF, SOFT)
    start = mol.GetConformer().GetPositions()

    def energy(x):
        positions = x.reshape(-1, 3)
        apart = positions[i] - positions[j]
        r = np.sqrt((apart**2).sum(axis=1)) + 1e-9
        off = np.maximum(r - most, 0) + np.minimum(r - least, 0)
        pull = (weight * off / r)[:, None] * apart
        gradient = np.stack([np.bincount(i, pull[:, k], atoms) - np.bincount(j, pull[:, k], atoms) for k in range(3)], axis=1)
        away = positions - start
        return (weight * off**2).sum() / 2 + TETHER * (away**2).sum() / 2, (gradient + TETHER * away).ravel()

    options = {"maxiter": STEPS, "maxcor": 20, "ftol": 1e-8}
    return minimize(energy, start.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(-1, 3)
