#!/usr/bin/env python3
"""Makes a small complex out of nothing and scores it with the reference programs, each used as its authors show.

    reference.py          writes receptor.pdbqt, receptor.pdb, ligands.sdf and reference.json beside itself

The receptor is a cage of single atoms around the first ligand; nothing in it comes from a real structure.
"""
import json
import os
import sys

import numpy as np
from meeko import MoleculePreparation, PDBQTWriterLegacy
from posebusters import PoseBusters
from rdkit import Chem, RDConfig
from rdkit.Chem import QED, AllChem, Crippen
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


def main():
    blocks = [ligand(*pair) for pair in LIGANDS.items()]
    write_receptor(cage(Chem.MolFromMolBlock(blocks[0]).GetConformer().GetPositions()))
    with open(f"{HERE}/ligands.sdf", "w") as f:
        f.writelines(block + "$$$$\n" for block in blocks)
    with open(f"{HERE}/reference.json", "w") as f:
        json.dump([reference(block) for block in blocks], f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
