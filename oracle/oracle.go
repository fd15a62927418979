// Package oracle computes every figure of a molecule that a reward or a table is made of.
//
// AutoDock Vina's score and minimum are computed in this process (package vina). The rest comes from a supervised pool of Python
// processes with RDKit, PoseBusters and, for docking, AutoDock Vina itself (package supervise; worker/serve.py states the
// protocol). Keel carries the workers' sources and sends them over the pipe, so the interpreter needs the libraries and nothing
// of Keel. A figure that fails is missing, with a reason that is counted: it is never 0.
package oracle

import "slices"

// Metrics says what to compute for each molecule; combine with |. SMILES, heavy atoms, valid and connected always come.
type Metrics uint

// The metrics. Times are for a molecule of 25 heavy atoms on one core, BenchmarkReward's.
const (
	VinaScore          Metrics = 1 << iota // Vina energy of the pose as it is (0.2 ms)
	VinaMin                                // Vina energy after local minimisation (1 ms)
	VinaDock                               // Vina energy of the best pose of a global search (many seconds)
	QED                                    // drug-likeness (2 ms)
	SA                                     // ease of synthesis (0.4 ms)
	LogP                                   // Crippen's octanol-water logP (0.3 ms)
	Strain                                 // MMFF94s strain of the pose (50 ms)
	Clashes                                // heavy atoms that overlap the receptor (1 ms)
	PoseBusters                            // PoseBusters' dock tests but the energy ratio (90 ms)
	MinPose                                // the pose after local minimisation as an SDF record (1 ms); brings VinaMin with it
	Depiction                              // a 2D picture as SVG (2 ms)
	TPSA                                   // topological polar surface area
	Weight                                 // molecular weight
	HBD                                    // hydrogen bond donors
	HBA                                    // hydrogen bond acceptors
	Rotatable                              // rotatable bonds
	Lipinski                               // how many of five rules hold
	Alerts                                 // structural alerts, their number and names (2 ms)
	Similarity                             // to Config.References
	RingSizes                              // sizes of the rings
	Fingerprint                            // RDKit's topological fingerprint (1 ms)
	VinaScoreReference                     // AutoDock Vina's own energy of the same PDBQT, to check VinaScore by (0.1 s and more, after maps of 1 s)
	VinaMinReference                       // AutoDock Vina's own minimised energy, to check VinaMin by
	DockPose                               // the best pose of the global search as an SDF record; brings VinaDock with it
	Efficiency                             // ligand efficiency; brings VinaMin with it
	Interactions                           // contacts with named residues of Config.Protein, of the pose as it is
	RelaxedPose                            // the pose relaxed in its pocket as an SDF record, and how far it moved (0.3 s); see Pool.Relax
	QuickDock                              // Vina energy of the best pose of a short search in this process, from the pose as it is and from chance (60 ms)
	QuickPose                              // that pose as an SDF record; brings QuickDock with it
	MendedPose                             // the pose with bonds, angles and planes of MMFF94s as an SDF record (20 ms); see Pool.Mended
)

// Quick is what a policy gradient's reward needs.
const Quick = VinaScore | VinaMin | QED | SA

// Descriptors are the figures of the bare molecule that take next to no time.
const Descriptors = QED | SA | LogP | TPSA | Weight | HBD | HBA | Rotatable | Lipinski | RingSizes

// Table is every figure of the score table but those that take long, AutoDock Vina's own and those that need more than the receptor.
const Table = Quick | Descriptors | Strain | Clashes | PoseBusters | Alerts | Efficiency

const needReceptor = VinaScore | VinaMin | VinaDock | MinPose | Clashes | PoseBusters | VinaScoreReference | VinaMinReference | DockPose | RelaxedPose | QuickDock | QuickPose

// derived are the metrics that Derive computes of the others and of the pose.
const derived = Efficiency | Interactions

// DefaultAlerts are the catalogues that Alerts counts in: pan-assay interference (Baell and Holloway 2010) and unwanted groups
// (Brenk et al. 2008).
var DefaultAlerts = []string{"PAINS_A", "PAINS_B", "PAINS_C", "BRENK"}

// metricNames are the metrics' names, in the order of the bits: the worker's, and the columns' of those that have one.
var metricNames = [...]string{"vina_score", "vina_min", "vina_dock", "qed", "sa", "logp", "strain", "clashes", "pb_valid",
	"pose_min", "depiction", "tpsa", "weight", "hbd", "hba", "rotatable", "lipinski", "alerts", "similarity", "ring_sizes", "fingerprint",
	"vina_score_reference", "vina_min_reference", "pose_dock", "efficiency", "interactions", "pose_relax", "quick_dock", "pose_quick", "pose_mended"}

// MetricNames returns the metrics' names, which are also those of their columns.
func MetricNames() []string { return slices.Clone(metricNames[:]) }

// MetricOf returns the metric of that name, and whether there is one.
func MetricOf(name string) (Metrics, bool) {
	i := slices.Index(metricNames[:], name)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

// names returns the metrics' names.
func (m Metrics) names() []string {
	list := []string{}
	for i, name := range metricNames {
		if m&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}
