package chem

import "strings"

// standard holds the 20 amino acids that proteins are made of.
var standard = set("ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL")

// parents maps protonation variants, force-field names and common modified amino acids to the standard residue they come from.
var parents = pairs(`
	HID HIS, HIE HIS, HIP HIS, HSD HIS, HSE HIS, HSP HIS, HIC HIS, CYX CYS, CYM CYS, CYS2 CYS, ASH ASP, GLH GLU, LYN LYS, ARN ARG, TYM TYR,
	MSE MET, FME MET, MHO MET, SME MET, SEP SER, TPO THR, PTR TYR, TYS TYR, NEP HIS,
	CSO CYS, CSD CYS, CSS CYS, CSX CYS, CME CYS, OCS CYS, SEC CYS, CAS CYS, SCH CYS, YCM CYS, SMC CYS, SNC CYS, CSU CYS,
	MLY LYS, M3L LYS, MLZ LYS, ALY LYS, KCX LYS, LLP LYS, HYP PRO, DPR PRO, PCA GLN, CGU GLU, BFD ASP, PHD ASP, SNN ASN, MEN ASN,
	CGA GLU, AGM ARG, MMO ARG, CIR ARG, IYR TYR, TPQ TYR, OMT MET, NLE LEU, NVA VAL, ABA ALA, AIB ALA, DAL ALA, SAR GLY, MVA VAL,
	DAR ARG, DSG ASN, DAS ASP, DCY CYS, DGN GLN, DGL GLU, DHI HIS, DIL ILE, DLE LEU, DLY LYS, MED MET, DPN PHE, DSN SER, DTH THR,
	DTR TRP, DTY TYR, DVA VAL, TRQ TRP, TRN TRP, HTR TRP, TRF TRP, MIS SER, MGG ARG`)

var (
	caps        = set("ACE NME NMA NH2 FOR NHE")
	nucleotides = set("A C G U I DA DC DG DT DU DI RA RC RG RU A5 A3 C5 C3 G5 G3 U5 U3 DA5 DA3 DC5 DC3 DG5 DG3 DT5 DT3")
	waters      = set("HOH WAT H2O DOD D2O OH2 SOL SPC TIP TIP3 TIP4 TIP5 TP3 TP4 T3P T4P")
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}

func pairs(list string) map[string]string {
	m := map[string]string{}
	for _, p := range strings.Split(list, ",") {
		f := strings.Fields(p)
		m[f[0]] = f[1]
	}
	return m
}

// Parent returns the standard amino acid behind a residue name: the name itself for the 20, MET for MSE, HIS for HIE, ALA for
// the four-letter terminal forms NALA and CALA, and "" for a name that is in no table.
func (r Residue) Parent() string {
	if standard[r.Name] {
		return r.Name
	}
	if p := parents[r.Name]; p != "" {
		return p
	}
	if len(r.Name) == 4 && (r.Name[0] == 'N' || r.Name[0] == 'C') {
		return Residue{Name: r.Name[1:]}.Parent()
	}
	return ""
}

// inPeptide reports whether the name alone makes a residue part of a protein chain.
func (r Residue) inPeptide() bool { return r.Parent() != "" || caps[r.Name] }
