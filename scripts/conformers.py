#!/usr/bin/env python3
"""One RDKit conformer per SMILES, as a gzipped SDF: the pocket-free half of Keel's pre-training data.

    conformers.py SMILES[.gz] OUT.sdf.gz [--most N] [--min-atoms 10] [--max-atoms 32] [--jobs 2] [--seed 1]

ETKDGv3 embedding of the molecule with hydrogens, a short MMFF94s relaxation, hydrogens removed, Kekulé bond orders:
the form of the ligands in the training complexes. What is dropped is counted by reason on standard error and in
OUT.sdf.gz.json. The file appears whole or not at all.
"""
import argparse
import collections
import gzip
import json
import multiprocessing as mp
import os
import sys
import time

from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem

RDLogger.DisableLog("rdApp.*")
ELEMENTS = {"C", "N", "O", "F", "P", "S", "Cl", "Br", "I"}


def conformer(job):
    """(index, smiles, seed, limits) -> (reason it was dropped or None, SDF record)."""
    index, smiles, seed, low, high = job
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return "unreadable SMILES", None
    if not low <= mol.GetNumAtoms() <= high:
        return "size", None
    if any(a.GetSymbol() not in ELEMENTS for a in mol.GetAtoms()):
        return "element", None
    if "." in smiles:
        return "more than one fragment", None
    full = Chem.AddHs(mol)
    params = AllChem.ETKDGv3()
    params.randomSeed = seed + index
    params.maxIterations = 20
    if AllChem.EmbedMolecule(full, params) != 0:
        return "embedding failed", None
    try:
        AllChem.MMFFOptimizeMolecule(full, mmffVariant="MMFF94s", maxIters=60)
    except (ValueError, RuntimeError):
        return "force field failed", None
    heavy = Chem.RemoveHs(full)
    Chem.Kekulize(heavy, clearAromaticFlags=True)
    heavy.SetProp("_Name", f"smiles-{index}")
    return None, Chem.MolToMolBlock(heavy, kekulize=False) + "$$$$\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("smiles")
    ap.add_argument("out")
    ap.add_argument("--most", type=int, default=10**9, help="stop after this many conformers")
    ap.add_argument("--min-atoms", type=int, default=10)
    ap.add_argument("--max-atoms", type=int, default=32)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()

    opener = gzip.open if args.smiles.endswith(".gz") else open
    with opener(args.smiles, "rt") as f:
        jobs = [(i, line.split()[0], args.seed, args.min_atoms, args.max_atoms)
                for i, line in enumerate(f) if line.strip()]
    total, kept, dropped, start = min(args.most, len(jobs)), 0, collections.Counter(), time.time()
    part = args.out + ".part"
    with mp.Pool(args.jobs) as pool, gzip.open(part, "wt", compresslevel=4) as out:
        for reason, record in pool.imap(conformer, jobs, chunksize=16):
            if reason:
                dropped[reason] += 1
                continue
            out.write(record)
            kept += 1
            if kept % 1000 == 0:
                rate = kept / (time.time() - start)
                print(f"{kept}/{total} conformers, {rate:.0f}/s, {(total - kept) / rate:.0f} s left, "
                      f"dropped {dict(dropped)}", file=sys.stderr, flush=True)
            if kept >= args.most:
                pool.terminate()
                break
    with open(args.out + ".json", "w") as f:
        json.dump({"kept": kept, "dropped": dropped, "seed": args.seed, "seconds": time.time() - start}, f)
    os.replace(part, args.out)
    print(f"{kept} conformers, dropped {dict(dropped)}", file=sys.stderr)


if __name__ == "__main__":
    main()
