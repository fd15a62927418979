"""Compares Keel's ligand preparation with RDKit's and Meeko's, over more molecules than the repository may hold.

Usage, in the repository: python chem/testdata/ligand_compare.py [--smiles N] FILE...
FILE is an SDF file, a tar archive with members named *.sdf, or SMILES (*.smi.gz), of which the first N (20000) are compared by
rings and aromaticity alone. Prints the number of molecules and of disagreements of each kind, and the first ones by name.
"""
import argparse
import gzip
import itertools
import json
import subprocess
import tarfile
import tempfile

import numpy as np
from rdkit import Chem

from ligand_prep import perceive, prepare


def blocks(path, limit):
    """Mol blocks with a name each."""
    if path.endswith(".smi.gz"):
        with gzip.open(path, "rt") as lines:
            for line in itertools.islice(lines, limit):
                mol = Chem.MolFromSmiles(line.split()[0])
                if mol is not None:
                    yield line.split()[0], Chem.MolToMolBlock(mol)
        return
    if path.endswith((".tar.gz", ".tar")):
        with tarfile.open(path) as archive:
            texts = [(m.name, archive.extractfile(m).read().decode()) for m in archive if m.name.endswith(".sdf")]
    else:
        with open(path) as f:
            texts = [(path, f.read())]
    for name, text in texts:
        for record in text.split("$$$$")[:-1] or [text]:
            yield name, record.removeprefix("\n")


def comparable(text):
    """The lines of a PDBQT that Vina reads, less names and charges."""
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith("REMARK")]
    return [line[:11] + line[30:54] + line[77:] if line.startswith("ATOM") else line for line in lines]


def differences(ours, ref, flat):
    """The kinds in which a molecule differs."""
    kinds = [k for k in ("Rings", "Atoms", "Bonds") if (ours[k] or []) != ref[k.lower()]]
    if flat:
        return kinds
    a, b = np.array(ours["Positions"]), np.array(ref["positions"])
    if a.shape != b.shape or abs(a - b).max() > 1e-4:
        kinds.append("Positions")
    if "refused" in ref or ours["Refused"]:
        return kinds + ([] if "refused" in ref and ours["Refused"] else ["Refused"])
    if comparable(ours["PDBQT"]) != comparable(ref["text"]):
        kinds.append("PDBQT")
    return kinds


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--smiles", type=int, default=20000)
    args.add_argument("files", nargs="+")
    args = args.parse_args()
    for path in args.files:
        flat = path.endswith(".smi.gz")
        records = list(blocks(path, args.smiles))
        with tempfile.NamedTemporaryFile("w", suffix=".sdf") as sdf:
            sdf.write("".join(block.rstrip("\n") + "\n$$$$\n" for _, block in records))
            sdf.flush()
            found = subprocess.run(["go", "run", "./chem/testdata/prepare", sdf.name], check=True, stdout=subprocess.PIPE, text=True)
        counts, shown = {}, 0
        for (name, block), line in zip(records, found.stdout.splitlines(), strict=True):
            for kind in differences(json.loads(line), perceive(block)[1] if flat else prepare(block), flat):
                counts[kind] = counts.get(kind, 0) + 1
                if shown < 20:
                    print(" ", kind, name)
                    shown += 1
        print(path, len(records), "molecules; differ:", counts or "none")


if __name__ == "__main__":
    main()
