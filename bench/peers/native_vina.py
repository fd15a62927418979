#!/usr/bin/env python3
"""Compares Keel's native Vina with AutoDock Vina 1.2.7's Python library, energy by energy and in speed.

    native_vina.py DATA WORK [--complexes 1000] [--processes 2] [--command vina]

DATA holds crossdocked-eval/<target>/{receptor.pdb,ligand.sdf}, and complexes/train*.tar.gz with receptors/train.tar.gz. All evaluation
targets and so many training complexes, spread evenly over the archives, are scored and minimised by both, each as it is and after a
random turn (to 20 degrees), shift (to 1 Å) and twist of its bonds (by 15 degrees). The box is TargetDiff's: the ligand's extents with
hydrogens, plus 5 Å in all. Inputs and Vina's answers stay in WORK, and a second run goes on from there. Needs vina, meeko, rdkit, go.

Each side's clock covers reading the ligand's PDBQT, never the maps. --command names Vina's command line program, if it is to be timed too.
"""
import argparse
import glob
import json
import multiprocessing
import os
import subprocess
import sys
import tarfile
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
BUFFER = 5.0  # Å, what the box adds to the ligand's extents


def unpack(data, work):
    """[(name, receptor PDB, ligand SDF)] of all complexes, evaluation targets first."""
    targets = [os.path.dirname(ligand) for ligand in sorted(glob.glob(f"{data}/crossdocked-eval/*/ligand.sdf"))]
    found = [(f"eval/{os.path.basename(d)}", f"{d}/receptor.pdb", f"{d}/ligand.sdf") for d in targets]
    for archive in ["receptors/train", "complexes/train", "complexes/train_series"]:
        target = f"{work}/{archive}"
        if not os.path.isdir(target):
            with tarfile.open(f"{data}/{archive}.tar.gz") as tar:
                tar.extractall(target, filter="data")
    with open(f"{data}/complexes/index.tsv") as f:
        names = f.readline().rstrip("\n").split("\t")
        rows = [dict(zip(names, line.rstrip("\n").split("\t"))) for line in f]
    for row in rows:
        receptor, ligand = f"{work}/receptors/train/{row['receptor']}.pdb", f"{work}/complexes/{row['split']}/{row['id']}/ligand.sdf"
        if os.path.exists(receptor) and os.path.exists(ligand):
            found.append((f"{row['split']}/{row['id']}", receptor, ligand))
    return found


def perturbed(mol, rng):
    """A copy with its torsions twisted, and then turned and shifted as a whole."""
    from rdkit import Chem
    from rdkit.Chem import rdMolTransforms
    from scipy.spatial.transform import Rotation

    mol = Chem.Mol(mol)
    conformer = mol.GetConformer()
    before = conformer.GetPositions().mean(axis=0)
    for a, b, c, d in mol.GetSubstructMatches(Chem.MolFromSmarts("[!#1]~[!$(*#*)&!D1]-&!@[!$(*#*)&!D1]~[!#1]")):
        angle = rdMolTransforms.GetDihedralDeg(conformer, a, b, c, d)
        rdMolTransforms.SetDihedralDeg(conformer, a, b, c, d, angle + rng.normal(0, 15))
    x = conformer.GetPositions()
    axis = rng.normal(size=3)
    turn = Rotation.from_rotvec(axis / np.linalg.norm(axis) * np.radians(rng.uniform(0, 20)))
    x = turn.apply(x - x.mean(axis=0)) + before + rng.uniform(-1, 1, 3) / np.sqrt(3)
    for i, p in enumerate(x):
        conformer.SetAtomPosition(i, p)
    return mol


def pdbqt(mol):
    from meeko import MoleculePreparation, PDBQTWriterLegacy

    setup = MoleculePreparation(rigid_macrocycles=True).prepare(mol)[0]
    text, ok, why = PDBQTWriterLegacy.write_string(setup)
    if not ok:
        raise ValueError(why)
    return text


def prepare_one(task):
    """The two jobs of a complex, or why there are none."""
    (name, receptor, ligand), keel, work, seed = task
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    path = f"{work}/pdbqt/{os.path.basename(receptor)}qt" if "crossdocked" not in receptor else f"{work}/pdbqt/{name.replace('/', '_')}.pdbqt"
    try:
        if not os.path.exists(path):
            text = subprocess.run([keel, "receptor", receptor], capture_output=True, text=True, check=True).stdout
            with open(f"{path}.{os.getpid()}", "w") as f:
                f.write(text)
            os.replace(f.name, path)
        mol = Chem.AddHs(next(iter(Chem.SDMolSupplier(ligand))), addCoords=True)
        x = mol.GetConformer().GetPositions()
        low, high = x.min(axis=0), x.max(axis=0)
        box = {"center": [round(float(c), 3) for c in (low + high) / 2], "size": [round(float(s), 3) for s in high - low + BUFFER]}
        rng = np.random.default_rng(seed)
        poses = {"as it is": mol, "perturbed": perturbed(mol, rng)}
        common = {"name": name, "receptor": path, "heavy": mol.GetNumHeavyAtoms(), **box}
        return [{**common, "pose": pose, "ligand": pdbqt(m)} for pose, m in poses.items()]
    except Exception as e:  # Meeko and RDKit raise many kinds; each is counted and shown
        return f"{name}: {e}"


def prepare(args, keel):
    """All jobs, prepared once."""
    path = f"{args.work}/jobs-{args.complexes}.jsonl"
    if not os.path.exists(path):
        os.makedirs(f"{args.work}/pdbqt", exist_ok=True)
        complexes = unpack(args.data, args.work)
        targets = [c for c in complexes if c[0].startswith("eval/")]
        rest = [c for c in complexes if not c[0].startswith("eval/")]
        rest = [rest[i] for i in np.unique(np.linspace(0, len(rest) - 1, args.complexes).astype(int))]
        tasks = [(c, keel, args.work, seed) for seed, c in enumerate(targets + rest)]
        with multiprocessing.Pool(args.processes) as pool:
            made = pool.map(prepare_one, tasks, chunksize=8)
        for why in made:
            if isinstance(why, str):
                print("not prepared:", why)
        with open(f"{path}.part", "w") as f:
            f.writelines(json.dumps(job) + "\n" for jobs in made if not isinstance(jobs, str) for job in jobs)
        os.replace(f"{path}.part", path)
    with open(path) as f:
        return path, [json.loads(line) for line in f]


def vina_worker(jobs_path, out_path, first, step):
    """Answers every step-th job from `first` on, appending; goes on after the jobs that are answered."""
    from vina import Vina

    with open(jobs_path) as f:
        jobs = [json.loads(line) for line in f][first::step]
    done = sum(1 for _ in open(out_path)) if os.path.exists(out_path) else 0
    place, vina = None, None
    with open(out_path, "a") as out:
        for job in jobs[done:]:
            here = (job["receptor"], job["center"], job["size"])
            if here != place:
                vina = Vina(sf_name="vina", cpu=1, seed=1, verbosity=0)
                vina.set_receptor(job["receptor"])
                vina.compute_vina_maps(center=job["center"], box_size=job["size"])
                place = here
            answer = {}
            try:
                t0 = time.perf_counter()
                vina.set_ligand_from_string(job["ligand"])
                t1 = time.perf_counter()
                # The wrapper rounds to three decimals; beneath it the numbers are whole.
                answer["score"] = [float(x) for x in vina._vina.score()]
                t2 = time.perf_counter()
                answer["min"] = [float(x) for x in vina._vina.optimize(0)]
                t3 = time.perf_counter()
                answer["seconds"] = [t1 - t0, t2 - t1, t3 - t2]
            except (RuntimeError, TypeError) as e:
                answer["error"] = str(e).strip().splitlines()[-1]
            out.write(json.dumps(answer) + "\n")
            out.flush()


def vina_side(args, jobs_path, count):
    """Vina's answers in the order of the jobs. A worker that dies answers its job with an error and is started again."""
    outs = [f"{args.work}/vina-{args.complexes}-{k}of{args.processes}.jsonl" for k in range(args.processes)]
    running = {}
    while True:
        for k, out in enumerate(outs):
            done = sum(1 for _ in open(out)) if os.path.exists(out) else 0
            if k in running and running[k].poll() is None:
                continue
            total = len(range(k, count, args.processes))
            if k in running and running[k].returncode == 1:
                raise SystemExit("a Vina worker failed; see above")
            if k in running and running[k].returncode != 0 and done < total:
                with open(out, "a") as f:
                    f.write(json.dumps({"error": f"Vina's library ended the process ({running[k].returncode})"}) + "\n")
                done += 1
            running.pop(k, None)
            if done < total:
                command = [sys.executable, os.path.abspath(__file__), "--worker", jobs_path, out, str(k), str(args.processes)]
                running[k] = subprocess.Popen(command)
        if not running:
            break
        time.sleep(0.5)
    answers = [None] * count
    for k, out in enumerate(outs):
        with open(out) as f:
            answers[k::args.processes] = [json.loads(line) for line in f]
    return answers


def keel_side(args, keel, jobs_path):
    """Keel's answers in the order of the jobs, and its times."""
    with open(jobs_path) as f:
        out = subprocess.run([keel, "run", "-cores", str(args.processes)], stdin=f, capture_output=True, text=True, check=True).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    return lines[:-1], lines[-1]


def report(jobs, vina, keel, times, processes):
    for group in "eval", "train":
        for pose in "as it is", "perturbed":
            rows = [(j, v, k) for j, v, k in zip(jobs, vina, keel) if j["name"].startswith(group) and j["pose"] == pose]
            compare(f"{group}, {pose}", rows)
    both = [(v, k) for v, k in zip(vina, keel) if "error" not in v and "error" not in k]
    scored = sum(v["seconds"][0] + v["seconds"][1] for v, _ in both) / processes
    minimised = sum(v["seconds"][0] + v["seconds"][2] for v, _ in both) / processes
    print(f"\nmolecules a second on {processes} cores, reading the PDBQT included ({np.mean([j['heavy'] for j in jobs]):.1f} heavy atoms on average)")
    for what, theirs, ours in ("scored", scored, times["score_seconds"]), ("minimised", minimised, times["minimise_seconds"]):
        a, b = len(both) / theirs, len(jobs) / ours
        print(f"  {what:10s} Vina's library {a:8.1f}   Keel {b:10.0f}   ratio {b / a:7.0f}")


def compare(title, rows):
    both = [(j, v, k) for j, v, k in rows if "error" not in v and not k.get("error")]
    refused = sum("error" in v and bool(k.get("error")) for _, v, k in rows)
    print(f"\n{title}: {len(rows)} poses, {refused} refused by both, {len(rows) - len(both) - refused} by one")
    for j, v, k in rows:
        if ("error" in v) != bool(k.get("error")):
            print("  only one refuses", j["name"], v.get("error"), k.get("error"))
    if not both:
        return
    for what, key in ("score", "score"), ("minimised", "min"):
        ok = [(j, v, k) for j, v, k in both if key in v and not (key == "min" and k.get("min_error"))]
        delta = np.array([k[key]["Total"] - v[key][0] for _, v, k in ok])
        size = np.abs(delta)
        quantiles = "  ".join(f"{100 * q:g}% {np.quantile(size, q):.2g}" for q in (0.5, 0.95, 0.99))
        print(f"  {what:10s} |difference| {quantiles}  max {size.max():.2g}   above 0.02: {(size > 0.02).sum()}   above 0.1: {(size > 0.1).sum()}"
              f"   worse by more than 0.5: {(delta > 0.5).sum()}, better: {(delta < -0.5).sum()}   of {len(ok)}")
        for i in np.argsort(-size)[:3]:
            if size[i] > 0.02:
                print(f"    {ok[i][0]['name']}: Vina {ok[i][1][key][0]:.3f}, Keel {ok[i][2][key]['Total']:.3f}")


def time_command(command, jobs, count=20):
    """Seconds a molecule of Vina's command line program, scoring only."""
    spent = []
    for job in jobs[:: max(1, len(jobs) // count)][:count]:
        with open("/dev/null", "w") as null:
            path = f"{os.path.dirname(job['receptor'])}/command.pdbqt"
            with open(path, "w") as f:
                f.write(job["ligand"])
            box = [x for k, c, s in zip("xyz", job["center"], job["size"]) for x in (f"--center_{k}", str(c), f"--size_{k}", str(s))]
            start = time.perf_counter()
            call = [command, "--receptor", job["receptor"], "--ligand", path, "--score_only", "--cpu", "1", *box]
            subprocess.run(call, stdout=null, stderr=null, check=True)
            spent.append(time.perf_counter() - start)
    return float(np.mean(spent))


def main():
    if sys.argv[1:2] == ["--worker"]:
        return vina_worker(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("work")
    parser.add_argument("--complexes", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--command", help="Vina's command line program, to be timed too")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    keel = os.path.abspath(f"{args.work}/vinabench")
    subprocess.run(["go", "build", "-o", keel, "./bench/peers/vinabench"], cwd=f"{HERE}/../..", check=True)
    jobs_path, jobs = prepare(args, keel)
    vina = vina_side(args, jobs_path, len(jobs))
    answers, times = keel_side(args, keel, jobs_path)
    report(jobs, vina, answers, times, args.processes)
    if args.command:
        seconds = time_command(args.command, jobs)
        ours = times["score_seconds"] / len(jobs) * args.processes
        print(f"  scored     Vina's command line, a molecule a call, one core: {1000 * seconds:.0f} ms"
              f"   Keel {1000 * ours:.3f} ms   ratio {seconds / ours:.0f}")


if __name__ == "__main__":
    main()
