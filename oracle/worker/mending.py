"""Bond lengths, angles and planes made those of a force field, with each heavy atom about where it was: what a pose needs before it is docked.

Docking turns bonds and leaves all other geometry as it finds it, so a molecule that fits because it is out of shape would stay so. Unlike
relaxation.py this knows no receptor and takes 20 ms: what then touches the protein, docking moves.
"""
from rdkit import Chem
from rdkit.Chem import rdForceFieldHelpers

from failure import Failure

FREE, STIFF = 0.3, 5.0  # how far a heavy atom may move for nothing, Å, and the spring beyond that, kcal/mol/Å²
STEPS = 400


def mended(ligand):
    """SDF record of the pose at a minimum of MMFF94s and the springs; its atoms and bonds are the ligand's, in its order."""
    if ligand.fragments > 1:
        raise Failure("the molecule is in pieces", f"{ligand.fragments} of them")
    mol = Chem.Mol(ligand.with_hydrogens)
    properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if properties is None:
        raise Failure("no MMFF94s parameters for an atom")
    field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
    field.Initialize()
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() > 1:
            field.MMFFAddPositionConstraint(atom.GetIdx(), FREE, STIFF)
    field.Minimize(maxIts=STEPS)
    moved = ligand.moved(mol.GetConformer().GetPositions()[: ligand.raw.GetNumAtoms()])
    return Chem.MolToMolBlock(moved.raw, includeStereo=False, kekulize=False) + "$$$$\n"
