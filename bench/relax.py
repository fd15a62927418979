"""Measures `keel score --relax` on poses that need it, for the table in docs/relax.md.

    python bench/relax.py POCKETS WORK                       # reference ligands, made worse in the ways of KINDS
    python bench/relax.py POCKETS WORK --samples SAMPLES     # molecules of `keel sample`, those in one piece

POCKETS has a folder for each pocket, with receptor.pdb and ligand.sdf; SAMPLES one of the same name for each, with molecules.sdf. The Python
is that of the reward workers, with RDKit and PoseBusters. With --energy PoseBusters' energy ratio, which `pb_valid` leaves out, is
asked of the relaxed poses too: some seconds each. Pockets that WORK has already are not computed again.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

import numpy as np
from posebusters.modules.energy_ratio import check_energy_ratio
from rdkit import Chem, RDLogger

# Name, deviation in Å of each atom by itself, of each ring system or atom outside rings as a rigid body (which also turns by 40° for each
# Å), and of the whole molecule (which turns by 20° for each Å).
KINDS = [
    ("as they are", 0, 0, 0),
    ("atoms 0.1 Å", 0.1, 0, 0),
    ("atoms 0.2 Å", 0.2, 0, 0),
    ("atoms 0.3 Å", 0.3, 0, 0),
    ("fragments 0.2 Å", 0, 0.2, 0),
    ("fragments 0.3 Å, whole 0.5 Å", 0, 0.3, 0.5),
]
METRICS = "vina_score,vina_min,strain,pb_valid"


def turned(points, rng, shift, degrees):
    """The points moved and turned about their centroid at random."""
    axis = rng.normal(0, np.radians(degrees), 3)
    angle = np.linalg.norm(axis)
    x, y, z = axis / max(angle, 1e-12)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    centre = points.mean(0)
    return (points - centre) @ turn.T + centre + rng.normal(0, shift, 3)


def fragments(mol):
    """Lists of atoms: ring systems, and every other atom by itself."""
    systems = []
    for ring in map(set, mol.GetRingInfo().AtomRings()):
        for other in [s for s in systems if s & ring]:
            systems.remove(other)
            ring |= other
        systems.append(ring)
    inside = set().union(*systems)
    return [sorted(s) for s in systems] + [[a] for a in range(mol.GetNumAtoms()) if a not in inside]


def worse(mol, kind, seed):
    name, atoms, parts, whole = kind
    rng = np.random.default_rng(seed)
    at = mol.GetConformer().GetPositions()
    if whole:
        at = turned(at, rng, whole, 20 * whole)
    if parts:
        for f in fragments(mol):
            at[f] = turned(at[f], rng, parts, 40 * parts)
    at += rng.normal(0, atoms, at.shape)
    mol = Chem.Mol(mol)
    mol.GetConformer().SetPositions(np.ascontiguousarray(at))
    mol.SetProp("_Name", name)
    return mol


def write(path, mols):
    with Chem.SDWriter(str(path)) as out:
        out.SetKekulize(True)
        for mol in mols:
            out.write(mol)


def input_of(pocket, args, number):
    """Molecules of a pocket, each named by its kind, and the positions that they should have (None where nobody knows)."""
    reference = Chem.RemoveHs(Chem.MolFromMolFile(str(pocket / "ligand.sdf")))
    if not args.samples:
        return [worse(reference, kind, [number, k]) for k, kind in enumerate(KINDS)], reference.GetConformer().GetPositions()
    found = [m for m in Chem.SDMolSupplier(str(args.samples / pocket.name / "molecules.sdf")) if m and len(Chem.GetMolFrags(m)) == 1]
    for m in found:
        m.SetProp("_Name", "samples")
    return found, None


def scored(args, pocket, mols, out, *more):
    place = ["--receptor", pocket / "receptor.pdb", "--ligand", pocket / "ligand.sdf"]
    command = [args.keel, "score", mols, *place, "--metrics", METRICS, "--workers", "1", "--json", "--out", out, *more]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return json.loads(pathlib.Path(out).read_text())["molecules"]


def measured(pocket, args, number):
    """One row for each molecule of the pocket."""
    kept = args.work / f"{pocket.name}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    mols, wanted = input_of(pocket, args, number)
    rows = []
    if mols:
        raw, poses = args.work / "raw.sdf", args.work / "poses.sdf"
        write(raw, mols)
        before = scored(args, pocket, raw, args.work / "raw.json")
        after = scored(args, pocket, raw, args.work / "relaxed.json", "--relax", "--poses", poses)
        for mol, b, a, pose in zip(mols, before, after, Chem.SDMolSupplier(str(poses)), strict=True):
            row = {"kind": mol.GetProp("_Name"), "before": b, "after": a}
            if args.energy:
                row["energy ratio"] = bool(check_energy_ratio(pose, 100.0, 50, num_threads=1)["results"]["energy_ratio_passes"])
            if wanted is not None:
                row["off"] = [rmsd(mol, wanted), rmsd(pose, wanted)]
            rows.append(row)
    kept.write_text(json.dumps(rows))
    return rows


def rmsd(mol, wanted):
    return float(np.sqrt(((mol.GetConformer().GetPositions() - wanted) ** 2).sum(1).mean()))


def table(rows):
    print("| poses | molecules | relaxed | PoseBusters | energy ratio | strain | Vina Score | moved, RMSD | at most | from the crystal pose |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for kind in dict.fromkeys(r["kind"] for r in rows):
        mine = [r for r in rows if r["kind"] == kind]
        done = [r for r in mine if r["after"]["relax_rmsd"] is not None]

        def median(of):
            values = [x for r in done if (x := of(r)) is not None]
            return f"{statistics.median(values):.2f}" if values else "–"

        def arrow(column):
            return median(lambda r: r["before"][column]) + " → " + median(lambda r: r["after"][column])

        passed = [sum(bool(r[side]["pb_valid"]) for r in mine) for side in ("before", "after")]
        asked = [r["energy ratio"] for r in mine if "energy ratio" in r]
        energy = f"{sum(asked)} of {len(asked)}" if asked else "–"
        off = " → ".join(median(lambda r: r.get("off", [None, None])[k]) for k in (0, 1))
        print(f"| {kind} | {len(mine)} | {len(done)} | {passed[0]} → {passed[1]} | {energy} | {arrow('strain')} | {arrow('vina_score')} | "
              f"{median(lambda r: r['after']['relax_rmsd'])} | {median(lambda r: r['after']['relax_max'])} | {off} |")
    for r in rows:
        if r["after"]["pb_failed"] != "none":
            print(r["kind"], r["after"]["pb_failed"], r["after"]["error"])


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("pockets", type=pathlib.Path)
    flags.add_argument("work", type=pathlib.Path)
    flags.add_argument("--samples", type=pathlib.Path)
    flags.add_argument("--energy", action="store_true")
    flags.add_argument("--keel", default="bin/keel")
    args = flags.parse_args()
    RDLogger.DisableLog("rdApp.*")
    args.work.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, pocket in enumerate(sorted(p for p in args.pockets.iterdir() if (p / "receptor.pdb").exists())):
        if args.samples and not (args.samples / pocket.name).exists():
            continue
        rows += measured(pocket, args, number)
        print(f"{pocket.name}: {len(rows)} molecules so far", flush=True)
    table(rows)


main()
