#!/usr/bin/env python3
"""Makes a small complex out of nothing and scores it with the reference programs, each used as its authors show.

    reference.py          writes receptor.pdbqt, receptor.pdb, ligands.sdf, reference.json, flat.sdf and flat.json beside itself

The receptor is a cage of single atoms around the first ligand; nothing in it comes from a real structure.
"""
import base64
import json
import os
import sys

import numpy as np
from meeko import MoleculePreparation, PDBQTWriterLegacy
from posebusters import PoseBusters
from rdkit import Chem, DataStructs, RDConfig
from rdkit.Chem import QED, AllChem, Crippen, Descriptors, Lipinski, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams
from vina import Vina

sys.path.append(os.path.join(RDConfig.RDContribDir, "SA_Score"))
import sascorer  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
LIGANDS = {
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
    "betaine": "C[n+]1cccc(c1)C(=O)[O-]",
    "alaninol": "C[C@H](N)CO",
    "macrocycle": "C1CCCCCC(=O)NCCCCO1",
}
# For what needs no pose: each sets some figure apart from the others'.
FLAT = {
    "benzoquinone": "O=C1C=CC(=O)C=C1",
    "catechol": "Oc1ccccc1O",
    "nitrobenzene": "[O-][N+](=O)c1ccccc1",
    "dodecanol": "CCCCCCCCCCCCO",
    "glucose": "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "norbornane": "C1CC2CCC1C2",
    "cubane": "C12C3C4C1C5C2C3C45",
    "spiro": "C1CCC2(CC1)CCNC2",
    "indole acid": "OC(=O)CCc1c[nH]c2ccccc12",
    "biphenyl": "c1ccc(cc1)-c1ccccc1",
}
SIMILAR_TO = ["CC(=O)Nc1ccc(O)cc1", "OC(=O)Cc1c[nH]c2ccccc12"]
CENTER, SIZE = [0.0, 0.0, 0.0], [18.0, 18.0, 18.0]


def ligand(name, smiles):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=7)
    AllChem.MMFFOptimizeMolecule(mol, mmffVariant="MMFF94s", maxIters=15)
    mol = Chem.RemoveHs(mol)
    conformer = mol.GetConformer()
    middle = conformer.GetPositions().mean(axis=0)
    for i, x in enumerate(np.round(conformer.GetPositions() - middle, 3)):
        conformer.SetAtomPosition(i, x)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    mol.SetProp("_Name", name)
    return Chem.MolToMolBlock(mol, kekulize=False)


def cage(inside):
    """Random points 3.6 to 7 Å from the ligand's atoms, at least 3 Å apart, as carbon, nitrogen and oxygen by turns."""
    rng, points = np.random.default_rng(3), []
    while len(points) < 60:
        x = rng.uniform(-9, 9, 3)
        d = np.linalg.norm(inside - x, axis=1).min()
        if 3.6 < d < 7 and x[2] < 3 and all(np.linalg.norm(x - y) > 3 for y in points):
            points.append(np.round(x, 3))
    return [(("C", "OA", "C", "NA", "C")[i % 5], x) for i, x in enumerate(points)]


def write_receptor(atoms):
    with open(f"{HERE}/receptor.pdbqt", "w") as qt, open(f"{HERE}/receptor.pdb", "w") as pdb:
        for i, (kind, (x, y, z)) in enumerate(atoms, 1):
            line = f"ATOM  {i:5d}  {kind[0]}   ALA A{i:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00"
            qt.write(f"{line}    +0.000 {kind}\n")
            pdb.write(f"{line}          {kind[0]:>2}\n")


def reference(block):
    mol = Chem.MolFromMolBlock(block)
    Chem.AssignStereochemistryFrom3D(mol)
    setup = MoleculePreparation(rigid_macrocycles=True).prepare(Chem.AddHs(mol, addCoords=True))[0]
    pdbqt = PDBQTWriterLegacy.write_string(setup)[0]
    found = {
        "name": mol.GetProp("_Name"), "smiles": Chem.MolToSmiles(mol), "atoms": mol.GetNumHeavyAtoms(),
        "qed": QED.qed(mol), "sa": (10 - sascorer.calculateScore(mol)) / 9, "logp": Crippen.MolLogP(mol),
    }
    for name in "vina_score", "vina_min", "vina_dock":
        # A program of its own for each figure, so that none can lean on what another left behind.
        vina = Vina(sf_name="vina", cpu=1, seed=1, verbosity=0)
        vina.set_receptor(f"{HERE}/receptor.pdbqt")
        vina.compute_vina_maps(center=CENTER, box_size=SIZE)
        vina.set_ligand_from_string(pdbqt)
        if name == "vina_dock":
            vina.dock(exhaustiveness=1, n_poses=9)
            found[name] = float(vina.energies(n_poses=1)[0][0])
        else:
            found[name] = float((vina.score if name == "vina_score" else vina.optimize)()[0])
    with open(f"{HERE}/pose.sdf", "w") as f:
        f.write(block + "$$$$\n")
    tests = PoseBusters(config="dock").bust([f"{HERE}/pose.sdf"], None, f"{HERE}/receptor.pdb")
    os.remove(f"{HERE}/pose.sdf")
    found["pb_valid"] = bool(tests.drop(columns="internal_energy").iloc[0].all())
    return found


def catalogue(*names):
    params = FilterCatalogParams()
    for name in names:
        params.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(params)


def flat(smiles):
    """Everything from the SMILES itself, by other functions than the worker's where RDKit has others."""
    mol = Chem.MolFromSmiles(smiles)
    fingerprint = lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 2, nBits=2048)  # noqa: E731
    alerts = [e.GetDescription() for c in ("PAINS_A", "PAINS_B", "PAINS_C", "BRENK") for e in catalogue(c).GetMatches(mol)]
    return {
        "tpsa": Descriptors.TPSA(mol), "weight": Descriptors.MolWt(mol),
        "hbd": rdMolDescriptors.CalcNumHBD(mol), "hba": rdMolDescriptors.CalcNumHBA(mol), "rotatable": Descriptors.NumRotatableBonds(mol),
        "lipinski": (Descriptors.ExactMolWt(mol) < 500) + (Lipinski.NumHDonors(mol) <= 5) + (Lipinski.NumHAcceptors(mol) <= 10)
        + (-2 <= Crippen.MolLogP(mol) <= 5) + (Descriptors.NumRotatableBonds(mol) <= 10),
        "alerts": len(alerts), "alert_names": ";".join(sorted(alerts)),
        "similarity": max(DataStructs.TanimotoSimilarity(fingerprint(mol), fingerprint(Chem.MolFromSmiles(s))) for s in SIMILAR_TO),
        "ring_sizes": ",".join(str(n) for n in sorted(len(r) for r in Chem.GetSymmSSSR(mol))) or "none",
        "fingerprint": base64.b64encode(bytes(
            sum(1 << k for k in range(8) if bits[8 * i + k]) for bits in [list(Chem.RDKFingerprint(mol))] for i in range(256))).decode(),
    }


def main():
    blocks = [ligand(*pair) for pair in LIGANDS.items()]
    write_receptor(cage(Chem.MolFromMolBlock(blocks[0]).GetConformer().GetPositions()))
    with open(f"{HERE}/ligands.sdf", "w") as f:
        f.writelines(block + "$$$$\n" for block in blocks)
    with open(f"{HERE}/reference.json", "w") as f:
        json.dump([reference(block) for block in blocks], f, indent=1)
        f.write("\n")
    with open(f"{HERE}/flat.sdf", "w") as f:
        f.writelines(ligand(*pair) + "$$$$\n" for pair in FLAT.items())
    with open(f"{HERE}/flat.json", "w") as f:
        json.dump([{"name": name, **flat(smiles)} for name, smiles in FLAT.items()], f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
