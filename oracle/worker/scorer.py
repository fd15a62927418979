"""Every metric of one molecule, each computed only when asked for; one that fails takes none of the others with it."""
import functools
import math
import time

from rdkit import Chem

import chemistry
from contacts import Contacts
from failure import Failure, one_line
from ligand import Ligand

DOCK = {"vina_dock", "pose_dock"}
VINA = {"vina_score_reference", "vina_min_reference"} | DOCK

# Metrics of chemistry.py that are functions of the molecule with implicit hydrogens.
DESCRIPTORS = "tpsa", "weight", "hbd", "hba", "rotatable", "lipinski", "ring_sizes"


class Scorer:
    """Holds the receptor, if there is one. What only some metrics need is imported and set up when the first of them is asked for."""

    def __init__(self, hello):
        self.hello = hello
        self.picture = hello["picture"]
        self.alerts = tuple(hello["alerts"])
        self.references = tuple(hello["references"] or ())
        self.box = hello["center"], hello["size"]
        self.docking, self.docking_box, self.threads = None, None, 0

    def score(self, request):
        """Scores one SDF record: {"score": values, "failures": [...], "seconds": {step: s}}."""
        run = Run(set(request["metrics"]))
        ligand = run.step("read", lambda: Ligand(request["sdf"], request.get("pdbqt"), request.get("atoms")))
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
        self.score_substructures(run, ligand)
        if self.hello["receptor_pdbqt"]:
            self.score_pose(run, ligand, request.get("box"), request.get("threads", 1))
        return run.answer()

    def score_alone(self, run, ligand):
        """What needs no receptor."""
        run.want("qed", lambda: chemistry.qed(ligand.mol))
        run.want("sa", lambda: chemistry.sa(ligand.mol))
        run.want("logp", lambda: chemistry.logp(ligand.mol))
        for name in DESCRIPTORS:
            run.want(name, lambda: getattr(chemistry, name)(ligand.plain))
        run.want("strain", lambda: chemistry.strain(ligand.with_hydrogens))
        run.want("depiction", lambda: chemistry.depiction(ligand.mol, *self.picture))
        if "pose_mended" in run.wanted:
            from mending import mended

            run.want("pose_mended", lambda: mended(ligand))

    def score_substructures(self, run, ligand):
        """Alerts, similarity, fingerprint."""
        if not run.wanted & {"alerts", "similarity", "fingerprint"}:
            return
        import fingerprints

        if "alerts" in run.wanted:
            found = run.step("alerts", lambda: fingerprints.alert_names(ligand.plain, self.alerts))
            if found is not None:
                run.values["alerts"] = len(found)
                run.values["alert_names"] = ";".join(found)
        run.want("similarity", lambda: fingerprints.similarity(ligand.plain, self.references))
        run.want("fingerprint", lambda: fingerprints.fingerprint(ligand.plain))

    def score_pose(self, run, ligand, box, threads):
        """What needs the receptor."""
        run.want("clashes", lambda: self.contacts.clashes(ligand))
        if "pb_valid" in run.wanted:
            failed = run.step("pb_valid", lambda: self.contacts.pb_failed(ligand))
            if failed is not None:
                run.values["pb_valid"] = not failed
                run.values["pb_failed"] = ";".join(failed) or "none"
        if not run.wanted & (VINA | {"pose_relax"}) or run.step("prepare", lambda: ligand.pdbqt) is None:
            return
        if "pose_relax" in run.wanted:
            run.values.update(run.step("pose_relax", lambda: self.relaxation.relax(ligand)) or {})
        if not run.wanted & VINA:
            return
        docking = run.step("maps", lambda: self.docking_in(box, threads))
        if docking is None or run.step("set_ligand", lambda: docking.set_ligand(ligand.pdbqt)) is None:
            return
        run.want("vina_score_reference", docking.score)
        run.want("vina_min_reference", docking.minimise)
        if run.wanted & DOCK:
            run.values["vina_dock"] = run.step("vina_dock", lambda: docking.dock(ligand.pdbqt))
            if run.values["vina_dock"] is not None:
                run.want("pose_dock", lambda: docking.docked_block(ligand))

    @functools.cached_property
    def contacts(self):
        """The receptor's atoms for clashes and PoseBusters."""
        return Contacts(self.hello["receptor_pdbqt"])

    @functools.cached_property
    def relaxation(self):
        """What relaxes poses; SciPy's optimiser is imported with the first of them."""
        from relaxation import Relaxation

        return Relaxation(self.hello["receptor_pdbqt"], self.contacts)

    def docking_in(self, box, threads):
        """Vina with the maps of a box, which are kept while the box stays the same. A new box needs a new Vina: maps computed after a
        ligand is set end the process."""
        place = (box["center"], box["size"]) if box else self.box
        if self.docking is None or (self.docking_box, self.threads) != (place, threads):
            from docking import Docking

            hello = self.hello
            self.docking = None  # its maps are freed before the new ones are made
            self.docking = Docking(hello["receptor_pdbqt"], *place, hello["seed"], hello["exhaustiveness"], threads)
            self.docking_box, self.threads = place, threads
        return self.docking


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
