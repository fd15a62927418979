"""Makes ligand_prep.sdf.gz and ligand_prep.jsonl: molecules embedded from the SMILES below, and what RDKit and Meeko make of them.

Usage: python ligand_prep.py [folder]; the default is the folder of this file. Each line of the second file belongs to one record
of the first: ring sizes, aromatic atoms and bonds, positions with hydrogens (Å), and the PDBQT as tokens: atom:type, "(" begin-end
of a branch, ")", and TORSDOF. Atoms count from 0 in the molecule with hydrogens. Made with RDKit 2026.9.1 and Meeko 0.8.0.
"""
import gzip
import json
import pathlib
import sys

from meeko import MoleculePreparation, PDBQTWriterLegacy
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem

RDLogger.DisableLog("rdApp.*")

# One molecule a word. Suffixes: !h all hydrogens in the record, !p those on heteroatoms only, !n nitro groups without charges.
SMILES = """
CC(=O)NC CC(=O)N(C)C CC(=O)N(C)CC CC(=O)N(CC)CC CC(=O)N(C)c1ccccc1 O=C(c1ccccc1)N1CCCC1 O=C(c1ccccc1)N1CCC(C)CC1 O=C(C)N1CC(C)CCC1
CC(=O)N(C(C)=O)CC CC(=O)NC(C)=O O=C1NC(=O)c2ccccc12 CC(=S)NC CC(=S)N(C)CC NC(=O)c1cccnc1 CC(=O)N(O)C CONC(C)=O CC(=O)NN CC(=O)NNC(=O)C
CC(=O)N([C@H](C)F)[C@H](C)F CC(=O)N([C@@H](C)F)[C@H](C)F CC(=O)N(/C=C/C)/C=C/C CC(=O)N(/C=C/C)/C=C\\C O=C(CC)N1C[C@H](C)O[C@@H](C)C1
O=C(CC)N1C[C@@H](C)O[C@@H](C)C1 O=CN(C[S@](=O)C)C[S@@](=O)C O=CN(C[S@](=O)C)C[S@](=O)C CC(=O)N(c1ccccc1)c1ccccc1 O=CN(CC#C)CC#C
NC(=O)N CNC(=O)NC CN(C)C(=O)N(C)C CN(C)C(=O)NCC O=C(Nc1ccccc1)Nc1ccc(Cl)cc1 NC(=S)Nc1ccccc1 COC(=O)NC CCOC(=O)N(C)CC NC(=O)OC(C)C
NC(=N)N CNC(=N)NC NC(=[NH2+])NCCC NC(=N)c1ccccc1 CC(=N)N(C)CC NC(N)=NC CN=C(NC#N)NC O=C(N)C(=N)N NC(=[NH2+])c1ccccc1 c1ccc2[nH]c(NC(N)=N)nc2c1
CS(=O)(=O)N CS(=O)(=O)NC CS(=O)(=O)N(C)CC NS(=O)(=O)c1ccccc1 O=S(=O)(c1ccccc1)N1CCOCC1 CS(=O)(=O)NC(=O)C CS(=N)(=O)C CS(C)=O CS(C)(=O)=O
O=S(=O)(O)c1ccccc1 O=S(=O)([O-])CC COS(=O)(=O)C CNS(=O)(=O)NC O=S1(=O)NC(=O)c2ccccc12 CS(=O)O CSSC CSC CS CCS C=CSC c1ccccc1S CSc1ccccc1 CC(=O)SC CC(=O)S CSC#N
Nc1ccccc1 CNc1ccccc1 CN(C)c1ccccc1 CCN(C)c1ccncc1 c1ccccc1Nc1ccccc1 Oc1ccccc1 COc1ccccc1 c1ccc(Oc2ccccc2)cc1 c1ccc(-c2ccccc2)cc1 c1ccc(-c2ccccn2)nc1
O=[N+]([O-])c1ccccc1 O=[N+]([O-])C O=[N+]([O-])c1ccccc1!n C[N+](=O)[O-]!n CO[N+](=O)[O-] C[N+](C)(C)[O-] [O-][n+]1ccccc1 [O-][n+]1ccccc1!n CN=[N+]=[N-] c1ccccc1N=[N+]=[N-]
C[N+]#N [N-]=[N+]=NCC#C ON=O CN=O c1ccccc1N=O c1ccccc1N=Nc1ccccc1 CN=NC CN(C)N=NC CN=NNc1ccccc1 CNN NN c1ccccc1NN CC=NO CC(C)=NOC CC=NNC(N)=O
COP(=O)(OC)OC OP(=O)(O)OC [O-]P(=O)([O-])OC CP(=O)(O)O CP(C)(C)=O CP(C)C c1ccccc1P CP(=O)(OC)N(C)C O=P(O)(O)OP(=O)(O)O CP(=S)(C)C F[P-](F)(F)(F)(F)F C=P(C)(C)C
c1cc[nH]c1 Cn1cccc1 c1c[nH]cn1 Cn1ccnc1 c1cn[nH]c1 c1cnn[nH]1 c1nnc[nH]1 c1nn[nH]n1 Cn1nnnc1C c1nnn(C)n1 c1ccoc1 c1ccsc1 c1cocn1 c1cscn1 c1nocc1 c1nscc1 c1nonc1 c1nsnc1
c1ccncc1 c1ccnnc1 c1ccncn1 c1cnccn1 c1ncncn1 C[n+]1ccccc1 c1cc[nH+]cc1 O=c1cc[nH]cc1 O=c1cccc[nH]1 Oc1ccccn1 O=c1ccocc1 O=c1[nH]cnc2[nH]cnc12 Nc1ncnc2c1ncn2C
O=c1[nH]c(=O)n(C)c2ncn(C)c12 Cn1c(=O)c2c(ncn2C)n(C)c1=O c1ccc2[nH]ccc2c1 c1ccc2occc2c1 c1ccc2sccc2c1 c1ccc2ncccc2c1 c1ccc2nc3ccccc3cc2c1 c1ccc2c(c1)[nH]c1ccccc12 C1C=Cc2cccc3cccc1c23 C1=Cc2cccc3cccc1c23
c1ccn2cccc2c1 c1cn2ccnc2cn1 c1ccc2cccc-2cc1 c1ccc2cccc2cc1 c1ccc2c(c1)ccc1ccccc12 C1=CC=CC=CC=C1 C1=CC=CC1 [CH-]1C=CC=C1 C1=CC=C[CH+]C=C1 O=C1C=CC=CC=C1 O=C1C=CC(=O)C=C1 O=C1C=CC(=O)c2ccccc12
C1=CC(=C2C=CC=C2)C=C1 C=C1C=CC=CC1=C O=C1C=CC=C1 O=c1c(O)c(-c2ccccc2)oc2ccccc12 S=c1cc[nH]cc1 C[N+]1=CC=CC=C1 c1cc[o+]cc1 C1=C[CH+]1 c1ccc2c(c1)Cc1ccccc1-2 O=C1c2ccccc2C(=O)c2ccccc21 C1=CN=CN1
O=C1NC(=O)C=C1 C1C=CC=CN1 c1ccc2c(c1)OCO2 c1ccc2c(c1)NC(=O)C2 O=c1oc2ccccc2cc1 b1ccccc1 c1ccc2c(c1)B(O)OC2 OB(O)c1ccccc1 CB(O)O OB1OC(C)(C)C(C)(C)O1 C[B-](F)(F)F F[B-](F)(F)c1ccccc1
C[Si](C)(C)C C[Si](C)(C)OC c1ccccc1[Si](C)(C)C CC#C CC#CC C#CCN c1ccccc1C#C c1ccccc1C#Cc1ccccc1 CC#CC#CC CC#N N#Cc1ccccc1 N#CCC#N [C-]#[N+]C N#CC=C(C)C CC#CC(=O)NC C#CCOC(=O)CC#N
C=C C=CC=C CC=C=CC C=C(C)C(=O)OC CC(=O)O CC(=O)[O-] CC(=O)OC O=CO C=O CO O N CN C[NH3+] C[N+](C)(C)C C[N+](C)(C)CCO C[NH+](C)CC(=O)[O-] [NH3+]CC(=O)[O-] N[C@@H](Cc1ccccc1)C(=O)O
C[C@H](N)C(=O)N[C@@H](CO)C(=O)O OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O CC(O)C(O)CO OO COO COC COCCOC CC(=O)C CC(C)(C)C FC(F)(F)c1ccccc1 FCCl ClC(Cl)Cl BrCCBr CI Ic1ccccc1 O=I(=O)c1ccccc1 Clc1ccc(Br)cc1
C1CC1 C1CCC1 C1CO1 C1CN1 CC1CN1C C1CCC2(CC1)CCCC2 C1CC2(C1)CC(=O)N2 C1CC2CCC1C2 C1CC2CCC1CC2 C1C2CC3CC1CC(C2)C3 NC12CC3CC(CC(C3)C1)C2 C12C3C4C1C5C2C3C45 C1CN2CCC1CC2 C1CN2CCN1CC2 C1C2CC1C2 C1CC2CC2C1
CN1C2CCC1CC(O)C2 CC1(C)C2CCC1(C)C(=O)C2 C1CC2CCCC(C1)N2 C1CCC2CCCCC2C1 C1CCC2C(C1)CCC1CCCCC12 CC12CCC3c4ccc(O)cc4CCC3C1CCC2O C1CCCCCCCCCCC1 O=C1CCCCCCCCCCCO1 C1COCCOCCOCCOCCO1 O=C1CCCCCNCCCCCN1
C1CCc2ccc(cc2)CCCCc2ccc1cc2 C1CCc2ccc(cc2)CCCc2ccc1cc2 O=C1NCCCCOc2ccc(cc2)CCCN1 C1=Cc2cc3ccc(cc4ccc(cc5ccc(cc1n2)[nH]5)n4)[nH]3 C1CSCCSCCSCCS1 C1=CCCCCCCCCC=CC1
CN1CCN(c2ccc(Nc3ncc4c(n3)n(C)c(=O)n4C)cc2)CC1 CC(C)Cc1ccc(C(C)C(=O)O)cc1 CC(=O)Nc1ccc(O)cc1 CN(C)CCOC(c1ccccc1)c1ccccc1 O=C(O)c1ccccc1OC(C)=O Clc1ccc2c(c1)C(c1ccccc1)=NCC(=O)N2C CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O
CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1 CN1CCC[C@H]1c1cccnc1 COc1ccc2nc([nH]c2c1)S(=O)Cc1ncc(C)c(OC)c1C Cc1ccc(cc1Nc1nccc(n1)-c1cccnc1)NC(=O)c1ccc(CN2CCN(C)CC2)cc1
CC(=O)NC!h NC(=[NH2+])NCCC!h c1c[nH]cn1!h CC#C!h O=[N+]([O-])c1ccccc1!h OB(O)c1ccccc1!h C[C@H](N)C(=O)O!h OP(=O)(O)OC!h CC(=O)NC!p Oc1ccccc1!p NS(=O)(=O)c1ccccc1!p CCS!p C[NH3+]!p NC(=O)c1cccnc1!p
FC(Cl)(Br)C[N+](C)(C)CC=C CC(C)C[C@H](NC(=O)[C@@H](N)CC1=CNC2=CC=CC=C12)C(=O)O CCN(CC)C(=O)C1=CC=CC=C1 CC(=O)C=CN(C)C C=CN(C)C C=CNC=C C1CCC(=CC1)N1CCCC1 CN(C)C=O CN(C)C=Nc1ccccc1 CC(C)=NN(C)C(N)=S
O=C1CCC(N1)C(=O)NC(CS)C(=O)N1CCCC1C(N)=O N#CC1(CC1)NC(=O)C(CC(C)(C)F)NC(c1ccc(cc1)S(C)(=O)=O)C(F)(F)F C1=CC2=C(C=C1)N=CS2 c1ccc2c(c1)-c1ccccc1S2(=O)=O CP1(=O)CCCC1 O=S1CCCC1 C[S+](C)C C[s+]1cccc1
CC(=O)N1CCC[C@H]1C(=O)N(C)[C@@H](C)c1ccccc1 c1ccc(cc1)C(c1ccccc1)(c1ccccc1)N1C=CN=C1 CCOP(=S)(OCC)Oc1ccc(cc1)[N+](=O)[O-] CC[Se]C c1cc[se]c1 C[As](C)C
"""


def text_without_charges(mol):
    """The record with nitro groups and N-oxides as five-bonded nitrogen."""
    raw = Chem.RWMol(mol)
    Chem.Kekulize(raw, clearAromaticFlags=True)
    for a in raw.GetAtoms():
        if a.GetSymbol() == "N" and a.GetFormalCharge() == 1:
            for b in a.GetBonds():
                o = b.GetOtherAtom(a)
                if o.GetFormalCharge() == -1:
                    b.SetBondType(Chem.BondType.DOUBLE)
                    o.SetFormalCharge(0)
                    a.SetFormalCharge(0)
    return Chem.MolToMolBlock(raw, kekulize=False)


def record(word):
    """An embedded molecule as a mol block titled by its word."""
    smiles, _, how = word.partition("!")
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    if AllChem.EmbedMolecule(mol, randomSeed=7) and AllChem.EmbedMolecule(mol, randomSeed=7, useRandomCoords=True):
        raise ValueError(f"{word} cannot be embedded")
    if how == "p":
        drop = [a.GetIdx() for a in mol.GetAtoms() if a.GetSymbol() == "H" and a.GetNeighbors()[0].GetSymbol() == "C"]
        mol = Chem.RWMol(mol)
        Chem.Kekulize(mol, clearAromaticFlags=True)
        for i in reversed(drop):
            mol.RemoveAtom(i)
    elif how != "h":
        mol = Chem.RemoveAllHs(mol)
    mol.SetProp("_Name", word)
    return text_without_charges(mol) if how == "n" else Chem.MolToMolBlock(mol)


def tokens(text):
    """The PDBQT as atom:type, branches and TORSDOF."""
    serial, out = {}, []
    for line in text.splitlines():
        if line.startswith("REMARK INDEX MAP"):
            pairs = [int(x) - 1 for x in line.split()[3:]]
            serial.update(zip(pairs[1::2], pairs[::2]))
        elif line.startswith("ATOM"):
            out.append(f"{serial[int(line[6:11]) - 1]}:{line[77:].strip()}")
        elif line.startswith("BRANCH"):
            out.append("(" + "-".join(line.split()[1:]))
        elif line.startswith("ENDBRANCH"):
            out.append(")")
        elif line.startswith("TORSDOF"):
            out.append(line)
    return out


def perceive(block):
    """A record as the oracle's worker reads it, and what RDKit sees in it."""
    mol = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False, strictParsing=True)
    Chem.SanitizeMol(mol)
    return mol, {
        "rings": sorted(len(r) for r in Chem.GetSSSR(mol)),
        "atoms": [a.GetIdx() for a in mol.GetAtoms() if a.GetIsAromatic()],
        "bonds": [b.GetIdx() for b in mol.GetBonds() if b.GetIsAromatic()],
    }


def prepare(block):
    """What RDKit and Meeko make of a record; "text" is the PDBQT."""
    mol, found = perceive(block)
    Chem.AssignStereochemistryFrom3D(mol)
    full = Chem.AddHs(mol, addCoords=True)
    found["positions"] = [[round(x, 5) for x in p] for p in full.GetConformer().GetPositions().tolist()]
    try:
        setup = MoleculePreparation(rigid_macrocycles=True).prepare(full)[0]
        text, ok, why = PDBQTWriterLegacy.write_string(setup, add_index_map=True, bad_charge_ok=True)
        if not ok:
            raise ValueError(why.strip())
        found["text"] = text
    except (ValueError, RuntimeError) as e:
        found["refused"] = str(e).splitlines()[0]
    return found


def golden(block):
    """The line of the golden file for a record."""
    found = prepare(block)
    if "text" in found:
        found["pdbqt"] = tokens(found.pop("text"))
    return json.dumps(found) + "\n"


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    blocks = [record(word) for word in SMILES.split()]
    sdf = "".join(b + "$$$$\n" for b in blocks)
    (folder / "ligand_prep.sdf.gz").write_bytes(gzip.compress(sdf.encode(), mtime=0))
    (folder / "ligand_prep.jsonl").write_text("".join(map(golden, blocks)))
    print(len(blocks), "molecules")


if __name__ == "__main__":
    main()
