"""Writes smiles.tsv: molecules put together from the parts below, and what RDKit (2026.9.1) makes of them.

Columns: hydrogens, charge, heavy atoms, rings, formula without charge, then three texts of the same molecule: as built, RDKit's own
in a random order of atoms, and one of Kekulé bonds with all hydrogens as atoms in another random order. Each line is another molecule.
"""
import itertools
import random

from rdkit import Chem, RDLogger
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

RDLogger.DisableLog("rdApp.*")
rng = random.Random(5)

# {} is where a substituent goes.
CORES = """
c1ccccc1{} c1ccc{}cn1 c1cnc{}nc1 c1c[nH]cc1{} c1ccn{}c1 c1cocc1{} c1cscc1{} c1cnc{}s1 c1cnc{}[nH]1 c1nnn{}n1 c1ccc2c(c1)cc{}[nH]2 c1ccc2[nH]c{}nc2c1
c1ccc2ccccc2c1{} c1ccc2ncc{}cc2c1 c1cc2cccc{}c2cc1 c1cc2cccccc2c1{} c1ccc2c(c1)c1ccccc1n2{} c1ccc2c(c1)-c1ccccc1C2{} O=c1cccc{}[nH]1
O=c1cc{}oc2ccccc12 c1cc{}c[n+](C)c1 c1cc{}c[n+]([O-])c1 C1CCN{}CC1 C1CCC2CCCCC2C1{} C1CC{}C1 C1C2CC3CC1CC{}(C2)C3 C1=CC=CC=CC=C1{} O=C1C=CC(=O)C{}=C1
C1CC2CC{}C1C2 c1cc[o+]cc1{} [O-]c1ccc{}cc1 c1cn2ccccc2c1{} c1cnc2c{}ncnc2n1 C1CCCC1C1CCCC1{} B1(O)OCc2ccc{}cc21 c1c[se]cc1{} c1ccp{}cc1 C1CS{}(=O)(=O)C1
CP{}(=O)OC CS{}(=O)(=O)N C[Si]{}(C)C [nH]1c{}nnn1 c1ccc2c(c1)Cc1ccccc1C2{} c1cc2ccc3cccc4ccc(c1{})c2c34
""".split()
PARTS = """
[H] C C(C)(C)C C(F)(F)F O OC N N(C)C [NH3+] C#N C(=O)O C(=O)[O-] [N+](=O)[O-] S SC S(=O)(=O)N Cl Br I F C=C C#CC CC(=O)NC c1ccccc1 c1ccncc1 c1ccc[nH]1
C1CC1 N1CCOCC1 C(=O)N1CCCC1 P(=O)(O)O B(O)O N=[N+]=[N-] OC(=O)C=C [Se]C CN=C=S S(=O)C C[C@H](N)C(=O)O /C=C/C [2H]
""".split()
ALONE = """
C [H][H] [NH4+].[Cl-] [Na+].[O-]C(=O)C O=C=O N#N [C-]#[O+] FS(F)(F)(F)(F)F [SH6] FP(F)(F)(F)F F[P-](F)(F)(F)(F)F [O-][Cl+3]([O-])([O-])[O-] CI(=O)=O
c1ccc2c(c1)c1ccccc1c1ccccc21 c1ccc(cc1)-c1ccccc1 C12C3C4C1C5C2C3C45 c1cc2ccc1CCc1ccc(cc1)CC2 [Zn+2].[S-]CC Cn1cnc2c1c(=O)n(C)c(=O)n2C
c1c2ccccc2cc2ccccc12 C1=CC2=CC=CC2=C1 c1cc2cc3ccc(cc4ccc(cc5ccc(cc1n2)[nH]5)n4)[nH]3 O=S(=O)(O)c1ccc2c(c1)C(=O)c1ccccc1C2=O [H+].[OH-]
CC1=C(C)C=CC=CC=C1 C[N+](C)(C)CC([O-])=O OB(O)O [BH4-] [SiH4] CSi(C)(C)C C1CC1.C1CC1.CC [O-][n+]1ccccc1 c1cc[cH-]c1 c1cc[cH+]cc[cH]1
""".split()


def texts(mol):
    shuffled = list(range(mol.GetNumAtoms()))
    rng.shuffle(shuffled)
    first = Chem.MolToSmiles(Chem.RenumberAtoms(mol, shuffled), canonical=False, isomericSmiles=False)
    full = Chem.AddHs(mol)
    Chem.Kekulize(full, clearAromaticFlags=True)
    shuffled = list(range(full.GetNumAtoms()))
    rng.shuffle(shuffled)
    return first, Chem.MolToSmiles(Chem.RenumberAtoms(full, shuffled), canonical=False, isomericSmiles=False, kekuleSmiles=True)


def line(text):
    mol = Chem.MolFromSmiles(text)
    if mol is None or mol.GetNumAtoms() == 0 or any(a.GetNumRadicalElectrons() for a in mol.GetAtoms()):
        return None, None
    hydrogens = sum(a.GetTotalNumHs() + (a.GetAtomicNum() == 1) for a in mol.GetAtoms())
    formula = CalcMolFormula(mol).split("+")[0].split("-")[0]
    charge = Chem.GetFormalCharge(mol)
    heavy = mol.GetNumHeavyAtoms()
    rings = mol.GetNumBonds() - mol.GetNumAtoms() + len(Chem.GetMolFrags(mol))
    plain = Chem.MolFromSmiles(Chem.MolToSmiles(mol, isomericSmiles=False))
    return Chem.MolToSmiles(plain), [hydrogens, charge, heavy, rings, formula, text, *texts(plain)]


seen = set()
with open("smiles.tsv", "w") as out:
    apart = str.maketrans("1", "9")  # a part's ring is none of the core's
    built = [c.replace("{}", f"({p.translate(apart)})") for c, p in itertools.product(CORES, PARTS)]
    for text in ALONE + built:
        identity, row = line(text)
        if row and identity not in seen:
            seen.add(identity)
            out.write("\t".join(map(str, row)) + "\n")
