"""Holds what smilesbench writes (standard input) against RDKit's reading of the same file of SMILES (the argument).

For each molecule: heavy atoms, hydrogens and charge; whether the SMILES that chem wrote is the same molecule to RDKit; and over all of them
whether molecules share a key exactly where they share RDKit's canonical SMILES. Stereochemistry and isotopes are taken off first.
"""
import collections
import gzip
import sys

from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def plain(text):
    mol = Chem.MolFromSmiles(text)
    if mol is None:
        return None, None
    for atom in mol.GetAtoms():
        atom.SetIsotope(0)
    # Writing and reading once more lets RDKit forget the Kekule form and the stereo marks that it came by.
    return mol, Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(mol, isomericSmiles=False)))


def compare(given, row):
    ours, _, *counts = row
    mol, wanted = plain(given)
    if mol is None:
        return "RDKit cannot read it", None
    hydrogens = sum(a.GetTotalNumHs() + (a.GetAtomicNum() == 1) for a in mol.GetAtoms())
    if list(map(int, counts)) != [mol.GetNumHeavyAtoms(), hydrogens, Chem.GetFormalCharge(mol)]:
        return "other counts", wanted
    _, got = plain(ours)
    if got is None:
        return "RDKit cannot read ours", wanted
    return ("same" if got == wanted else "another molecule"), wanted


def main(path):
    kinds, examples = collections.Counter(), {}
    keys, molecules = collections.defaultdict(set), collections.defaultdict(set)
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as given:
        for line, row in zip(given, sys.stdin, strict=True):
            text, row = line.split()[0], row.rstrip("\n").split("\t")
            kind, wanted = compare(text, row)
            kinds[kind] += 1
            examples.setdefault(kind, (text, row[0]))
            if wanted is not None:
                keys[wanted].add(row[1])
                molecules[row[1]].add(wanted)
    for kind, count in kinds.most_common():
        print(kind, count, *examples[kind])
    splits = [m for m, k in keys.items() if len(k) > 1]
    collisions = [m for m in molecules.values() if len(m) > 1]
    print(len(keys), "molecules to RDKit,", len(molecules), "keys;", len(splits), "molecules with several keys", splits[:3],
          "and", len(collisions), "keys of several molecules", collisions[:3])


if __name__ == "__main__":
    main(sys.argv[1])
