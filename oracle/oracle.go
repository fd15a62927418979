// Package oracle computes rewards: AutoDock Vina, RDKit and PoseBusters through a supervised pool of worker processes.
//
// A worker is a Python process that loads one receptor and then answers one molecule at a time, in newline-delimited JSON
// (worker/serve.py states the protocol). Keel carries the worker's sources and sends them over the pipe, so the interpreter
// needs the libraries and nothing of Keel. Vina's library ends its process on some inputs and RDKit can hang on others:
// every request has a time limit, a worker that dies, hangs or talks rubbish is replaced and its molecule tried once more,
// and a molecule that ends two workers is a counted failure with a reason, never a score.
package oracle

// Metrics says what to compute for each molecule; combine with |. SMILES, heavy atoms, valid and connected always come.
type Metrics uint

// The metrics. Times are for a molecule of 25 heavy atoms on one core, BenchmarkReward's.
const (
	VinaScore   Metrics = 1 << iota // Vina energy of the pose as it is (0.26 s, all but a millisecond shared with VinaMin)
	VinaMin                         // Vina energy after local minimisation
	VinaDock                        // Vina energy of the best pose of a global search (many seconds)
	QED                             // drug-likeness (2 ms)
	SA                              // ease of synthesis (0.4 ms)
	LogP                            // Crippen's octanol-water logP (0.3 ms)
	Strain                          // MMFF94s strain of the pose (50 ms)
	Clashes                         // heavy atoms that overlap the receptor (1 ms)
	PoseBusters                     // PoseBusters' dock tests but the energy ratio (90 ms)
	MinPose                         // the pose after local minimisation as an SDF record (1 ms); brings VinaMin with it
	Depiction                       // a 2D picture as SVG (2 ms)
)

// Quick is what a policy gradient's reward needs.
const Quick = VinaScore | VinaMin | QED | SA

// Table is every figure of the score table but VinaDock.
const Table = Quick | LogP | Strain | Clashes | PoseBusters

const needReceptor = VinaScore | VinaMin | VinaDock | MinPose | Clashes | PoseBusters

// metricNames are the protocol's names, in the order of the bits.
var metricNames = [...]string{"vina_score", "vina_min", "vina_dock", "qed", "sa", "logp", "strain", "clashes", "pb_valid",
	"pose_min", "depiction"}

// names returns the protocol's names of the metrics asked for.
func (m Metrics) names() []string {
	list := []string{}
	for i, name := range metricNames {
		if m&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}
