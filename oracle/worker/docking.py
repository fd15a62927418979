"""AutoDock Vina against one receptor, whose maps are computed once for each box."""
import tempfile

import numpy as np
from rdkit import Chem
from rdkit.Geometry import Point3D

from failure import Failure
from ligand import pdbqt_positions

# Vina's pair terms end at 8 Å, so a receptor atom further from the box adds nothing to any pose in it.
CUTOFF = 8.0


class Docking:
    """Vina's scoring function and search in a box (centre and size, Å). One ligand is held at a time."""

    def __init__(self, receptor_pdbqt, center, size, seed, exhaustiveness, threads):
        try:
            from vina import Vina
        except ImportError as e:
            raise Failure("AutoDock Vina is not installed", e) from None

        check_box(receptor_pdbqt, center, size)
        self.exhaustiveness = exhaustiveness
        # The seed is used anew for every search, so a molecule's result depends on nothing that ran before it, nor on the threads: each
        # of a search's runs has a seed of its own.
        self.vina = Vina(sf_name="vina", cpu=threads, seed=seed, verbosity=0)
        with tempfile.NamedTemporaryFile("w", suffix=".pdbqt") as f:
            f.write(receptor_pdbqt)
            f.flush()
            try:
                self.vina.set_receptor(f.name)
            except (TypeError, RuntimeError) as e:
                raise Failure("Vina does not read the receptor PDBQT", e) from None
        # Before any ligand is set: the library ends the process otherwise.
        self.vina.compute_vina_maps(center=center, box_size=size)

    def set_ligand(self, pdbqt):
        """Makes the ligand current, and gives it back. Vina would answer 0.0 for any score after a failure here."""
        try:
            self.vina.set_ligand_from_string(pdbqt)
            return pdbqt
        except TypeError as e:
            raise Failure("Vina does not know an atom type", e) from None

    def score(self):
        """Energy of the pose as it is, kcal/mol: what Keel's own is checked by."""
        return self._energy(self.vina.score)

    def minimise(self):
        """Energy after local minimisation, kcal/mol; the current pose becomes the minimised one."""
        return self._energy(self.vina.optimize)

    def dock(self, pdbqt):
        """Energy of the best pose of a global search, kcal/mol.

        The search starts from the current pose, so the ligand is set anew: what was minimised before must not tell. The
        number of poses kept steers the search too; 9 is the default of Vina's own program.
        """
        self.set_ligand(pdbqt)
        self.vina.dock(exhaustiveness=self.exhaustiveness, n_poses=9)
        return self._energy(lambda: self.vina.energies(n_poses=1)[0])

    def _energy(self, compute):
        try:
            energy = float(compute()[0])
        except RuntimeError as e:
            outside = "outside the grid box" in str(e)
            raise Failure("the pose is outside the box" if outside else "Vina failed", "" if outside else e) from None
        if not np.isfinite(energy):
            raise Failure("Vina's energy is not finite")
        return energy

    def docked_block(self, ligand):
        """SDF record of the best pose of the last search."""
        return pose_block(ligand, self.vina.poses(n_poses=1))


def pose_block(ligand, placed_pdbqt):
    """SDF record of a pose that Vina wrote."""
    placed = pdbqt_positions(placed_pdbqt)
    mol = Chem.Mol(ligand.raw)
    conformer = mol.GetConformer()
    for atom, serial in ligand.places:
        if atom >= 0:  # the others are hydrogens that the record did not have
            conformer.SetAtomPosition(atom, Point3D(*placed[serial]))
    return Chem.MolToMolBlock(mol, includeStereo=False, kekulize=False) + "$$$$\n"


def receptor_positions(pdbqt):
    """Atom positions [atoms, 3] in Å of a receptor that Vina would answer 0.0 for, or die of, if it were not checked here."""
    atoms = np.array(list(pdbqt_positions(pdbqt).values()))
    if len(atoms) == 0:
        raise Failure("the receptor PDBQT has no atoms")
    if not np.isfinite(atoms).all():
        raise Failure("the receptor PDBQT has a coordinate that is not a number")
    return atoms


def check_box(receptor_pdbqt, center, size):
    """Vina answers 0.0 for a box far from the receptor: it is refused here."""
    atoms = receptor_positions(receptor_pdbqt)
    if not (np.isfinite(center).all() and np.isfinite(size).all() and min(size) > 0):
        raise Failure("the box is not a box", f"center {center}, size {size}")
    beyond = np.maximum(np.abs(atoms - center) - np.array(size) / 2, 0)
    nearest = np.sqrt((beyond**2).sum(axis=1).min())
    if nearest > CUTOFF:
        raise Failure("the box is too far from the receptor", f"its nearest atom is {nearest:.1f} Å away; give the centre of a pocket")
