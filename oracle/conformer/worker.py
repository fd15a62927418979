"""Makes conformers, one JSON object a line: requests on standard input, answers on the real standard output.

first line  {"ready": true, "rdkit": "2026.09.1"} or {"ready": false, "error": "..."}
request     {"id", "smiles", "seed"}
answer      {"id", "sdf": V2000 record} or {"id", "reason", "detail"}

The worker ends when standard input does.
"""
import json
import os
import sys

EMBED_TRIES = 20
RELAX_STEPS = 60


def protocol_stream():
    """The real standard output, kept for answers alone: whatever libraries print there goes to standard error."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stream


def conformer(smiles, seed):
    """ETKDGv3 of the molecule with hydrogens, a short MMFF94s relaxation, hydrogens removed, Kekulé bond orders: the form of
    the ligands in complexes."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return {"reason": "SMILES that RDKit does not read"}
    full = Chem.AddHs(mol)
    params = AllChem.ETKDGv3()
    params.randomSeed = seed
    params.maxIterations = EMBED_TRIES
    if AllChem.EmbedMolecule(full, params) != 0:
        return {"reason": "RDKit finds no conformer"}
    if not AllChem.MMFFHasAllMoleculeParams(full):
        return {"reason": "no MMFF94s parameters for an atom"}
    AllChem.MMFFOptimizeMolecule(full, mmffVariant="MMFF94s", maxIters=RELAX_STEPS)
    heavy = Chem.RemoveHs(full)
    Chem.Kekulize(heavy, clearAromaticFlags=True)
    return {"sdf": Chem.MolToMolBlock(heavy, kekulize=False) + "$$$$\n"}


def answer(request):
    """What fails in RDKit itself is the molecule's fault, and no reason to end the worker."""
    try:
        return conformer(request["smiles"], request["seed"])
    except Exception as e:
        return {"reason": "RDKit failed", "detail": f"{type(e).__name__}: {' '.join(str(e).split())[:200]}"}


out = protocol_stream()


def say(message):
    print(json.dumps(message, allow_nan=False), file=out, flush=True)


try:
    import rdkit
    from rdkit import Chem, RDLogger
    from rdkit.Chem import AllChem
except ImportError as e:
    say({"ready": False, "error": f"Python {sys.executable} cannot import a module: {' '.join(str(e).split())[:200]}"})
    sys.exit()
RDLogger.DisableLog("rdApp.*")
say({"ready": True, "rdkit": rdkit.__version__})
for line in sys.stdin.buffer:
    request = json.loads(line)
    say({"id": request["id"], **answer(request)})
