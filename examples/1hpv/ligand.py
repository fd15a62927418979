"""Makes ligand.sdf: amprenavir (residue 478 of 1hpv.pdb) with bond orders from its SMILES, heavy atoms, Kekulé.

    python examples/1hpv/ligand.py        in the Python that `make setup` installs (<cache>/oracle/bin/python)
"""

from pathlib import Path

from rdkit import Chem
from rdkit.Chem import AllChem

HERE = Path(__file__).parent
AMPRENAVIR = "CC(C)CN(C[C@@H](O)[C@H](Cc1ccccc1)NC(=O)O[C@H]1CCOC1)S(=O)(=O)c1ccc(N)cc1"


def main():
    lines = [l for l in (HERE / "1hpv.pdb").read_text().splitlines() if l.startswith("HETATM") and l[17:20] == "478"]
    # The file is older than the element column, so that each line is rewritten with one, from the atom's name.
    block = "\n".join(l[:66].ljust(76) + l[12:16].strip()[0].rjust(2) for l in lines)
    found = Chem.MolFromPDBBlock(block + "\nEND\n", removeHs=True)
    template = Chem.MolFromSmiles(AMPRENAVIR)
    molecule = AllChem.AssignBondOrdersFromTemplate(template, found)
    Chem.AssignStereochemistryFrom3D(molecule)
    smiles = Chem.MolToSmiles(molecule)
    assert smiles == Chem.MolToSmiles(template), f"the pose is {smiles}, not amprenavir"
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    molecule.SetProp("_Name", "amprenavir")
    with Chem.SDWriter(str(HERE / "ligand.sdf")) as writer:
        writer.SetKekulize(True)
        writer.write(molecule)


if __name__ == "__main__":
    main()
