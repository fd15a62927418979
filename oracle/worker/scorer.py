"""Every metric of one molecule, each computed only when asked for; one that fails takes none of the others with it."""
import math
import time

from rdkit import Chem

import chemistry
from contacts import Contacts
from failure import Failure, one_line
from ligand import Ligand

VINA = {"vina_score", "vina_min", "pose_min", "vina_dock"}


class Scorer:
    """Holds the receptor, if there is one."""

    def __init__(self, hello):
        self.picture = hello["picture"]
        self.docking = self.contacts = None
        if hello["receptor_pdbqt"]:
            from docking import Docking

            pdbqt = hello["receptor_pdbqt"]
            self.docking = Docking(pdbqt, hello["center"], hello["size"], hello["seed"], hello["exhaustiveness"])
            self.contacts = Contacts(pdbqt)

    def score(self, block, wanted):
        """Scores one SDF record: {"score": values, "failures": [...], "seconds": {step: s}}."""
        run = Run(wanted)
        ligand = run.step("read", lambda: Ligand(block))
        if ligand is None:
            return run.answer()
        run.values["atoms"] = ligand.raw.GetNumHeavyAtoms()
        run.values["connected"] = ligand.fragments == 1
        run.values["valid"] = ligand.mol is not None
        if ligand.mol is None:
            run.failures.append(ligand.flaw)
            return run.answer()
        run.values["smiles"] = run.step("smiles", lambda: Chem.MolToSmiles(ligand.mol))
        self.score_alone(run, ligand)
        if self.docking is not None:
            self.score_pose(run, ligand)
        return run.answer()

    def score_alone(self, run, ligand):
        """What needs no receptor."""
        run.want("qed", lambda: chemistry.qed(ligand.mol))
        run.want("sa", lambda: chemistry.sa(ligand.mol))
        run.want("logp", lambda: chemistry.logp(ligand.mol))
        run.want("strain", lambda: chemistry.strain(ligand.with_hydrogens))
        run.want("depiction", lambda: chemistry.depiction(ligand.mol, *self.picture))

    def score_pose(self, run, ligand):
        """What needs the receptor."""
        run.want("clashes", lambda: self.contacts.clashes(ligand))
        run.want("pb_valid", lambda: self.contacts.pb_valid(ligand))
        if not run.wanted & VINA or run.step("prepare", lambda: ligand.pdbqt) is None:
            return
        if run.step("set_ligand", lambda: self.docking.set_ligand(ligand.pdbqt)) is None:
            return
        run.want("vina_score", self.docking.score)
        if run.wanted & {"vina_min", "pose_min"}:
            run.values["vina_min"] = run.step("vina_min", self.docking.minimise)
            if run.values["vina_min"] is not None:
                run.want("pose_min", lambda: self.docking.pose_block(ligand))
        run.want("vina_dock", lambda: self.docking.dock(ligand.pdbqt))


class Run:
    """The values, failures and times of one molecule."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.values, self.failures, self.seconds = {}, [], {}

    def want(self, name, compute):
        """Computes a metric if it was asked for."""
        if name in self.wanted:
            self.values[name] = self.step(name, compute)

    def step(self, name, compute):
        """The result, timed; None with the failure noted if it fails."""
        start = time.perf_counter()
        try:
            value = compute()
            if isinstance(value, float) and not math.isfinite(value):
                raise Failure(f"{name} is not finite")
            return value
        except Failure as e:
            self.failures.append(e)
        except Exception as e:
            self.failures.append(Failure(f"{name} failed", f"{type(e).__name__}: {one_line(e)}"))
        finally:
            self.seconds[name] = time.perf_counter() - start

    def answer(self):
        """The part of the worker's answer that is about this molecule."""
        failures = {str(e): {"reason": e.reason, "detail": e.detail} for e in self.failures}
        return {"score": self.values, "failures": list(failures.values()), "seconds": self.seconds}
