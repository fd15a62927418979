"""Substructures that a molecule has: structural alerts, fingerprints, similarity to references."""
import base64
import functools

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from failure import Failure


@functools.cache
def catalogue(names):
    """RDKit's filter catalogues of these names in one."""
    known = FilterCatalogParams.FilterCatalogs.names
    params = FilterCatalogParams()
    for name in names:
        if name not in known:
            raise Failure("there is no such catalogue of alerts", f"{name}; RDKit has {', '.join(sorted(known))}")
        params.AddCatalog(known[name])
    return FilterCatalog(params)


def alert_names(mol, names):
    """What the catalogues call the alerts in the molecule, each once, sorted."""
    return sorted(entry.GetDescription() for entry in catalogue(names).GetMatches(mol))


@functools.cache
def morgan():
    """The ECFP4 generator: Morgan, radius 2, 2048 bits (Rogers and Hahn 2010)."""
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


@functools.cache
def references(smiles):
    """ECFP4 of the reference molecules."""
    mols = [Chem.MolFromSmiles(text) for text in smiles]
    for text, mol in zip(smiles, mols):
        if mol is None or mol.GetNumAtoms() == 0:
            raise Failure("RDKit does not read a reference molecule", text)
    return [morgan().GetFingerprint(mol) for mol in mols]


def similarity(mol, smiles):
    """Largest Tanimoto similarity of ECFP4 to the references, 0..1."""
    if not smiles:
        raise Failure("no reference molecules were given for the similarity")
    return max(DataStructs.BulkTanimotoSimilarity(morgan().GetFingerprint(mol), references(smiles)))


def fingerprint(mol):
    """RDKit's topological fingerprint, 2048 bits, the lowest bit of the first byte first; base64."""
    return base64.b64encode(DataStructs.BitVectToBinaryText(Chem.RDKFingerprint(mol))).decode("ascii")
