"""Makes golden.json and golden.sdf: what scipy, numpy and RDKit say, for golden_test.go. Run here, with rdkit, numpy and scipy installed."""
import collections
import json

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import AllChem
from scipy.spatial.distance import jensenshannon

BONDS = {Chem.BondType.SINGLE: "-", Chem.BondType.DOUBLE: "=", Chem.BondType.TRIPLE: "#", Chem.BondType.AROMATIC: ":"}
LENGTH_EDGES = np.arange(1.1, 1.7, 0.005)[:-1]
ANGLE_EDGES = np.arange(0, 180, 2)
SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "O=C(NCc1ccccc1)C1CC1",
    "OP(=O)(O)OCC1OC(n2cnc3c(N)ncnc32)CC1O",
    "C1CCC2(CC1)OCCO2",
    "c1ccc2[nH]ccc2c1",
    "CC1=CC(=O)CCC1",
    "C1CCCCCCCCC1",
    "NC(=N)c1ccc(OCCCO)cc1",
    "CC(C)(C)c1nc(-c2ccco2)cs1",
]


def embedded(smiles, seed):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert AllChem.EmbedMolecule(mol, randomSeed=seed) == 0
    AllChem.MMFFOptimizeMolecule(mol)
    mol = Chem.RemoveHs(mol)
    mol.SetProp("_Name", smiles)
    return Chem.MolFromMolBlock(Chem.MolToMolBlock(mol))  # positions as the file has them


def counts(values, edges):
    found = collections.Counter(np.searchsorted(edges, values))
    return {str(k): int(v) for k, v in sorted(found.items())}


def lengths(mols):
    by_kind = collections.defaultdict(list)
    for mol in mols:
        at = mol.GetConformer().GetPositions()
        for bond in mol.GetBonds():
            ends = sorted([bond.GetBeginAtom(), bond.GetEndAtom()], key=lambda a: a.GetAtomicNum())
            kind = ends[0].GetSymbol() + BONDS[bond.GetBondType()] + ends[1].GetSymbol()
            by_kind[kind].append(np.linalg.norm(at[ends[0].GetIdx()] - at[ends[1].GetIdx()]))
    return {kind: counts(values, LENGTH_EDGES) for kind, values in by_kind.items()}


def angles(mols):
    kinds = {"CCC": "[#6]~[#6]~[#6]", "CNC": "[#6]~[#7]~[#6]", "COC": "[#6]~[#8]~[#6]", "OPO": "[#8]~[#15]~[#8]", "NCC": "[#7]~[#6]~[#6]",
             "CCO": "[#6]~[#6][#8;!$([#8]=*)]", "CC=O": "[#6]~[#6]=[#8]"}
    answer = {}
    for kind, pattern in kinds.items():
        values = []
        for mol in mols:
            # Unique by the pair of ends and the centre: in a triangle three angles have the same three atoms.
            found = mol.GetSubstructMatches(Chem.MolFromSmarts(pattern), uniquify=False, maxMatches=10000)
            ends_equal = kind in ("CCC", "CNC", "COC", "OPO")
            for a, b, c in [(a, b, c) for a, b, c in found if not ends_equal or a < c]:
                at = mol.GetConformer().GetPositions()
                u, v = at[a] - at[b], at[c] - at[b]
                values.append(np.degrees(np.arccos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1))))
        answer[kind] = counts(values, ANGLE_EDGES)
    return answer


def main():
    rng = np.random.default_rng(5)
    mols = [embedded(smiles, i + 1) for i, smiles in enumerate(SMILES)]
    with Chem.SDWriter("golden.sdf") as out:
        for mol, smiles in zip(mols, SMILES):
            mol.SetProp("_Name", smiles)
            out.write(mol)
    pairs = []
    for n in (2, 7, 120):
        p, q = rng.integers(0, 9, n), rng.integers(0, 9, n)
        pairs.append((p, q))
    pairs += [(np.array([1, 0]), np.array([0, 1])), (np.array([3, 1, 0]), np.array([6, 2, 0])), (np.array([0, 5, 5]), np.array([1, 0, 9]))]
    prints = [Chem.RDKFingerprint(mol) for mol in mols]
    similarity = [[DataStructs.TanimotoSimilarity(a, b) for b in prints] for a in prints]
    lists = [[3.0], [1.0, 2.0], list(rng.normal(size=8)), list(rng.normal(size=9))]
    golden = {
        "js": [{"p": p.tolist(), "q": q.tolist(), "distance": float(jensenshannon(p, q))} for p, q in pairs],
        "quantiles": [{"values": v, "q": [float(np.quantile(v, q)) for q in (0, 0.025, 0.25, 0.5, 0.975, 1)], "median": float(np.median(v))}
                      for v in lists],
        "length_edges": LENGTH_EDGES.tolist(),
        "angle_edges": ANGLE_EDGES.tolist(),
        "lengths": lengths(mols),
        "angles": angles(mols),
        "rings": dict(collections.Counter(str(len(r)) for mol in mols for r in Chem.GetSSSR(mol))),
        "fingerprints": [DataStructs.BitVectToBinaryText(p).hex() for p in prints],
        "similarity": similarity,
        "diversity": float(1 - np.mean([similarity[i][k] for i in range(len(prints)) for k in range(i)])),
    }
    with open("golden.json", "w") as out:
        json.dump(golden, out)
        out.write("\n")


main()
