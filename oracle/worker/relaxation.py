"""Relaxation of a pose in its pocket: bonds, angles and planes as they should be, clashes resolved, and as little moved as that takes.

Distances are brought within the bounds of distance geometry first (tidy.py). From there all atoms of the ligand, hydrogens too, descend by
L-BFGS (Liu and Nocedal 1989) on one energy:

    MMFF94s of the ligand + PULL * Vina's terms with the receptor + a spring on each heavy atom beyond FREE from where it was

The receptor stays. docs/relax.md has the measurements by which the numbers here were chosen.
"""
import numpy as np
from rdkit import Chem
from rdkit.Chem import rdForceFieldHelpers

import chemistry
import vinafield
from failure import Failure
from tidy import tidied

FREE = 0.3  # how far a heavy atom may move for nothing, Å

# (PULL, the spring in kcal/mol/Å²): a pose that fails a test of PoseBusters after the first goes on from there with the second. Vina's
# energies are free energies, a fifth to a tenth of what a force field says of the same contacts.
STAGES = (5.0, 1.0), (20.0, 0.0)

STEPS = 400  # of each stage


class Relaxation:
    """Relaxes ligands in one receptor; `contacts` says which of PoseBusters' tests a pose fails."""

    def __init__(self, receptor_pdbqt, contacts):
        self.receptor, self.contacts = vinafield.receptor_atoms(receptor_pdbqt), contacts

    def relax(self, ligand):
        """{"pose_relax": SDF record, "relax_rmsd", "relax_max": how far the heavy atoms moved in Å, "strain_raw": strain before}.

        The record's atoms and bonds are the ligand's, in its order.
        """
        if ligand.fragments > 1:
            raise Failure("the molecule is in pieces", f"{ligand.fragments} of them")
        numbers = np.array([a.GetAtomicNum() for a in ligand.mol.GetAtoms()])
        heavy, count = np.flatnonzero(numbers > 1), len(numbers)
        anchor = ligand.positions()[heavy]
        atoms = vinafield.ligand_atoms(ligand)
        mol = tidy_with_hydrogens(ligand.mol)
        field = mmff(mol)
        best, positions = None, mol.GetConformer().GetPositions()
        for pull, spring in STAGES:
            atoms.positions = positions[heavy]
            positions = descend(field, vinafield.Field(self.receptor, atoms), heavy, positions, anchor, pull, spring)
            moved = ligand.moved(positions[:count])
            failed = len(self.contacts.pb_failed(moved))
            if best is None or failed < best[0]:
                best = failed, moved, np.linalg.norm(positions[heavy] - anchor, axis=1)
            if failed == 0:
                break
        _, moved, far = best
        strain = chemistry.strain(ligand.with_hydrogens)
        if not np.isfinite(strain):
            raise Failure("the strain before the relaxation is not finite")
        return {
            "pose_relax": Chem.MolToMolBlock(moved.raw, includeStereo=False, kekulize=False) + "$$$$\n",
            "relax_rmsd": round(float(np.sqrt((far**2).mean())), 4),
            "relax_max": round(float(far.max()), 4),
            "strain_raw": strain,
        }


def tidy_with_hydrogens(mol):
    """The molecule with tidied distances, and with hydrogens where these leave room for them."""
    tidy = Chem.Mol(mol)
    tidy.GetConformer().SetPositions(np.ascontiguousarray(tidied(mol)))
    return Chem.AddHs(tidy, addCoords=True)


def mmff(mol):
    """MMFF94s of the molecule, all pairs."""
    properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if properties is None:
        raise Failure("no MMFF94s parameters for an atom")
    field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
    field.Initialize()
    return field


def descend(mmff, vina, heavy, positions, anchor, pull, spring):
    """Positions [atoms, 3] of a minimum near `positions`; the springs begin at `anchor` [heavy, 3]. Å."""
    from scipy.optimize import minimize

    def energy(x):
        flat = x.tolist()
        total = mmff.CalcEnergy(flat)
        gradient = np.array(mmff.CalcGrad(flat)).reshape(-1, 3)
        here = x.reshape(-1, 3)[heavy]
        e, g = vina(here)
        off = here - anchor
        far = np.sqrt((off**2).sum(axis=1)) + 1e-9
        beyond = np.maximum(far - FREE, 0)
        gradient[heavy] += pull * g + (spring * beyond / far)[:, None] * off
        return total + pull * e + spring / 2 * (beyond**2).sum(), gradient.ravel()

    options = {"maxiter": STEPS, "maxcor": 20, "ftol": 1e-7, "gtol": 0.05}  # gtol in kcal/mol/Å
    found = minimize(energy, positions.ravel(), jac=True, method="L-BFGS-B", options=options).x
    if not np.isfinite(found).all():
        raise Failure("the relaxation met no finite energy")
    return found.reshape(-1, 3)
