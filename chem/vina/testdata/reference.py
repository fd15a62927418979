#!/usr/bin/env python3
"""Scores and minimises molecules of our own in HIV-1 protease with AutoDock Vina 1.2.7.

    reference.py    writes reference.json beside itself; needs vina, meeko, rdkit

receptor.pdbqt is `go run ./bench/peers/vinabench receptor examples/1hpv/1hpv.pdb`. Conformers are RDKit's, from the SMILES below. Each
is placed three times: where it clashes least of many random places (pocket), at random (clash), and near a face of the box (edge).
"""
import json
import os
import tempfile

import numpy as np
from meeko import MoleculePreparation, PDBQTWriterLegacy
from rdkit import Chem
from rdkit.Chem import AllChem
from vina import Vina

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = [22.0, 20.3, 21.1]  # Å, of the box; its center is found in main
SMILES = {
    "methane": "C", "water": "O", "hydrogen_chloride": "Cl", "ethane": "CC", "methanol": "CO", "benzene": "c1ccccc1",
    "fluorobenzene": "Fc1ccccc1", "iodide": "Ic1ccc(Br)cc1Cl", "silane": "C[Si](C)(C)c1ccncc1", "phosphonate": "CCOP(=O)(OCC)Cc1ccccc1",
    "phosphate": "OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)C[C@@H]1OP(=O)([O-])[O-]", "sulfonamide": "NS(=O)(=O)c1ccc(N)cc1",
    "thioether": "CSCC[C@H](N)C(=O)O", "zwitterion": "[NH3+][C@@H](Cc1ccccc1)C(=O)[O-]",
    "guanidine": "NC(=[NH2+])NCCCC(=O)[O-]",
    "nitro": "O=[N+]([O-])c1ccc(O)cc1", "cyclopropane": "OC(=O)C1CC1CN1CC1", "cyclobutane": "O=C1CCC1OC1CC(N)C1",
    "cubane": "C12C3C4C1C5C2C3C45C(=O)O",
    "steroid": "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@]34C)[C@@H]1CC[C@@H]2O", "carbazole": "c1ccc2c(c1)[nH]c1ccccc12",
    "biphenyl": "Cc1ccccc1-c1ccccc1C",
    "decane": "CCCCCCCCCC", "peg": "COCCOCCOCCOCCOC", "aminoalcohol": "CC(C)NCC(O)COc1cccc2ccccc12", "amide": "CC(=O)Nc1ccc(O)cc1",
    "tripeptide": "CC(C)[C@H](N)C(=O)N[C@@H](Cc1ccccc1)C(=O)N[C@@H](CO)C(=O)O", "macrocycle": "C1CCCCCC(=O)NCCCCO1", "selenium": "CSCCC(N)C(=O)O",
    "neopentyl": "CC(C)(C)CNC(=O)C(C)(C)C", "thiophene": "Clc1sc(cc1)C#N", "alkyne": "C#CCN(C)Cc1ccccc1", "trifluoro": "FC(F)(F)c1ccc(cc1)C(F)F",
    "sulfate": "COS(=O)(=O)O",
    "urea": "O=C(Nc1ccc(Cl)c(c1)C(F)(F)F)Nc1ccc(Oc2ccnc(c2)C(=O)NC)cc1", "spiro": "C1CC12CCNC2", "adamantane": "NC12CC3CC(C1)CC(C3)C2",
}


def conformer(smiles):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    if AllChem.EmbedMolecule(mol, randomSeed=11):
        raise SystemExit(f"no conformer of {smiles}")
    return mol


def rotation(rng):
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def placed(mol, receptor, center, rng, how):
    """Positions [atoms, 3] of a placement; all atoms stay 0.2 Å or more inside the box."""
    local = mol.GetConformer().GetPositions()
    local = local - local.mean(axis=0)
    low, high = np.array(center) - np.array(SIZE) / 2 + 0.2, np.array(center) + np.array(SIZE) / 2 - 0.2
    best, found = None, None
    for _ in range({"pocket": 400, "clash": 1, "edge": 100}[how]):
        x = local @ rotation(rng).T
        x = x + np.array(center) + rng.uniform(-4, 4, 3)
        if how == "edge":
            axis = rng.integers(3)
            x[:, axis] += high[axis] - x[:, axis].max() if rng.integers(2) else low[axis] - x[:, axis].min()
        if (x < low).any() or (x > high).any():
            x = x - np.maximum(x.max(axis=0) - high, 0) + np.maximum(low - x.min(axis=0), 0)
        d = np.linalg.norm(x[:, None] - receptor[None], axis=2)
        clash = np.maximum(3.4 - d, 0).sum()
        if best is None or clash < best:
            best, found = clash, x
    return found


def prepared(mol, x):
    mol = Chem.Mol(mol)
    for i, p in enumerate(x):
        mol.GetConformer().SetAtomPosition(i, p)
    setup = MoleculePreparation(rigid_macrocycles=True).prepare(mol)[0]
    text, ok, why = PDBQTWriterLegacy.write_string(setup)
    if not ok:
        raise SystemExit(why)
    return text


def positions(path):
    with open(path) as f:
        return [[float(line[k:k + 8]) for k in (30, 38, 46)] for line in f if line.startswith(("ATOM", "HETATM"))]


def main():
    lines = [line for line in open(f"{HERE}/receptor.pdbqt") if line.startswith(("ATOM", "HETATM"))]
    heavy = np.array([[float(line[k:k + 8]) for k in (30, 38, 46)] for line in lines if line[77:].strip() not in ("HD", "H")])
    # The two catalytic aspartates' oxygens, one from each chain, face the middle of the pocket.
    acid = np.array([[float(line[k:k + 8]) for k in (30, 38, 46)] for line in lines if line[12:16].strip() == "OD2" and line[22:26].strip() == "25"])
    tips = np.array([[float(line[k:k + 8]) for k in (30, 38, 46)] for line in lines if line[12:16].strip() == "CA" and line[22:26].strip() == "50"])
    center = [round(float(c), 3) for c in (acid.mean(axis=0) + tips.mean(axis=0)) / 2]
    vina = Vina(sf_name="vina", cpu=1, seed=1, verbosity=0)
    vina.set_receptor(f"{HERE}/receptor.pdbqt")
    vina.compute_vina_maps(center=center, box_size=SIZE)
    rng, cases = np.random.default_rng(20), []
    for name, smiles in SMILES.items():
        mol = conformer(smiles)
        for how in "pocket", "clash", "edge":
            text = prepared(mol, placed(mol, heavy, center, rng, how))
            if name == "selenium":  # for which Meeko has no type
                text = "\n".join(line[:77] + "Se" if line[77:] == "SA" else line for line in text.splitlines()) + "\n"
            vina.set_ligand_from_string(text)
            score = [float(x) for x in vina._vina.score()]
            optimised = [float(x) for x in vina._vina.optimize(0)]
            with tempfile.TemporaryDirectory() as folder:
                vina.write_pose(f"{folder}/pose.pdbqt")
                after = positions(f"{folder}/pose.pdbqt")
            cases.append({"name": f"{name}/{how}", "pdbqt": text, "score": score, "minimised": optimised, "positions": after})
            print(cases[-1]["name"], text.count("ENDBRANCH"), score[0], optimised[0])
    with open(f"{HERE}/reference.json", "w") as f:
        json.dump({"center": center, "size": SIZE, "cases": cases}, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
