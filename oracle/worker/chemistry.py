"""What RDKit says of a molecule by itself: drug-likeness, ease of synthesis, descriptors, strain, a picture."""
import functools
import importlib.util
import os

from rdkit import Chem, RDConfig
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdDepictor, rdForceFieldHelpers, rdMolDescriptors
from rdkit.Chem.Draw import rdMolDraw2D

from failure import Failure

MINIMISATION_STEPS = 2000


def qed(mol):
    """Quantitative estimate of drug-likeness, 0..1 (Bickerton et al. 2012)."""
    return QED.qed(mol)


def logp(mol):
    """Crippen's octanol-water logP (Wildman and Crippen 1999)."""
    return Crippen.MolLogP(mol)


def sa(mol):
    """Synthetic accessibility (Ertl and Schuffenhauer 2009; 1 easy to 10 hard) as (10 - SA) / 9, so 1 is best."""
    return (10.0 - sascorer().calculateScore(mol)) / 9.0


@functools.cache
def sascorer():
    """RDKit's Contrib module; it is no package, hence the load by path."""
    path = os.path.join(RDConfig.RDContribDir, "SA_Score", "sascorer.py")
    if not os.path.exists(path):
        raise Failure("RDKit's Contrib/SA_Score is missing", path)
    spec = importlib.util.spec_from_file_location("sascorer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tpsa(mol):
    """Topological polar surface area in Å² (Ertl et al. 2000)."""
    return rdMolDescriptors.CalcTPSA(mol)


def weight(mol):
    """Molecular weight in g/mol, isotopes as they occur on average."""
    return Descriptors.MolWt(mol)


def hbd(mol):
    """Number of hydrogen bond donors."""
    return Lipinski.NumHDonors(mol)


def hba(mol):
    """Number of hydrogen bond acceptors."""
    return Lipinski.NumHAcceptors(mol)


def rotatable(mol):
    """Number of rotatable bonds, RDKit's strict count (amide bonds are none)."""
    return rdMolDescriptors.CalcNumRotatableBonds(mol)


def lipinski(mol):
    """How many of five rules hold, as TargetDiff's evaluation counts them (Guan et al. 2023, scoring_func.py)."""
    rules = (
        Descriptors.ExactMolWt(mol) < 500,
        hbd(mol) <= 5,
        hba(mol) <= 10,
        -2 <= logp(mol) <= 5,
        rotatable(mol) <= 10,
    )
    return sum(rules)


def ring_sizes(mol):
    """Sizes of the symmetrised smallest rings, ascending, as "5,6,6"; "none" without any."""
    return ",".join(map(str, sorted(map(len, mol.GetRingInfo().AtomRings())))) or "none"


def strain(with_hydrogens):
    """Strain of the pose in kcal/mol: E(pose, hydrogens relaxed with heavy atoms fixed) - E(nearest local minimum).

    Both energies are MMFF94s in vacuum. Relaxing the hydrogens first keeps their arbitrary placement out of the figure.
    """
    mol = Chem.Mol(with_hydrogens)
    properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if properties is None:
        raise Failure("no MMFF94s parameters for an atom")
    posed = minimised_energy(mol, properties, fixed=[a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() > 1])
    return posed - minimised_energy(mol, properties, fixed=[])


def minimised_energy(mol, properties, fixed):
    """Minimises the molecule in place with some atoms held, and gives the energy in kcal/mol."""
    field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
    for atom in fixed:
        field.AddFixedPoint(atom)
    field.Initialize()
    field.Minimize(maxIts=MINIMISATION_STEPS)
    return field.CalcEnergy()


def depiction(mol, width, height):
    """A 2D picture as an `<svg>` element, width and height in pixels."""
    flat = Chem.Mol(mol)
    rdDepictor.Compute2DCoords(flat)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, flat)
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    return text[text.index("<svg") :]
