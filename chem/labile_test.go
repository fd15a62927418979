package chem

import "testing"

// TestLabileSites: drugs have nothing labile but what they are known for; what designs were caught with has.
func TestLabileSites(t *testing.T) {
	for _, c := range []struct {
		name, smiles string
		want         int
	}{
		{"aspirin", "CC(=O)Oc1ccccc1C(=O)O", 0},
		{"caffeine", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", 0},
		{"imatinib", "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1", 0},
		{"benzylpenicillin", "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O", 0},
		{"adenosine", "Nc1ncnc2c1ncn2[C@@H]1O[C@H](CO)[C@@H](O)[C@H]1O", 0},
		{"isoniazid", "NNC(=O)c1ccncc1", 0},
		{"celecoxib", "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1", 0},
		{"paroxetine, an acetal", "Fc1ccc([C@@H]2CCNC[C@H]2COc2ccc3c(c2)OCO3)cc1", 0},
		{"riluzole", "Nc1nc2ccc(OC(F)(F)F)cc2s1", 0},
		{"vorinostat, a hydroxamic acid", "O=C(CCCCCCC(=O)Nc1ccccc1)NO", 0},
		{"metformin", "CN(C)C(=N)NC(N)=N", 0},
		{"nitrobenzene", "O=[N+]([O-])c1ccccc1", 0},
		{"an oxime", "CC(C)=NO", 0},
		{"phenelzine, a hydrazine", "NNCCc1ccccc1", 1},
		{"glucose, a hemiacetal", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", 1},
		{"artemisinin, a peroxide", "C[C@@H]1CC[C@H]2[C@@H](C)C(=O)O[C@@H]3O[C@]4(C)CC[C@@H]1[C@@]23OO4", 1},
		{"disulfiram", "CCN(CC)C(=S)SSC(=S)N(CC)CC", 0}, // its sulphurs carry thiocarbonyls
		{"cystamine", "NCCSSCCN", 1},
		{"a triazane", "Fc1ccc([C@H]2CNNN[C@H](c3ccccc3)[C@H]2c2ccccc2)cc1", 2},
		{"five nitrogens in a row with an aminal", "O=C(c1ccccc1)N1NNNN(c2ccc(F)cc2)[C@H]1c1ccccc1", 5},
		{"an aminal", "NC(=O)c1ccc(N2CNC[C@H](c3ccccc3)[C@@H](c3ccccc3)C2)cc1", 1},
		{"an amine and an amide on one carbon", "CC(=O)NCN1CCCC1", 1},
		{"two amides on one carbon", "CC(=O)NCNC(C)=O", 1},
		{"an amide and a quinazolinone on one carbon", "O=C(NCn1cnc2ccccc2c1=O)c1ccccc1", 1},
		{"allantoin, one of whose nitrogens is the carbon's ring's", "NC(=O)NC1NC(=O)NC1=O", 0},
		{"a hemiaminal of an amide", "CC(=O)NC(O)c1ccccc1", 1},
		{"a chloro ether", "COCCl", 1},
		{"one fluorine beside an amine", "CN(C)C(C)F", 1},
		{"difluoromethoxy", "FC(F)Oc1ccccc1", 0},
		{"an imine", "CC(C)=N", 1},
		{"an N-chloroamine", "CN(C)Cl", 1},
		{"an N-chloroquinazolinone", "O=c1c2ccccc2ncn1Cl", 1},
		{"N-fluorobenzenesulphonimide", "O=S(=O)(c1ccccc1)N(F)S(=O)(=O)c1ccccc1", 1},
		{"losartan, a tetrazole", "CCCCc1nc(Cl)c(CO)n1Cc1ccc(-c2ccccc2-c2nnn[nH]2)cc1", 0},
		{"two tetrazoles", "O=C(c1nnn[nH]1)Nc1nnn[nH]1", 1},
		{"glibenclamide", "COc1ccc(Cl)cc1C(=O)NCCc1ccc(S(=O)(=O)NC(=O)NC2CCCCC2)cc1", 0},
		{"lufenuron, an acyl urea", "O=C(NC(=O)c1c(F)cccc1F)Nc1cc(Cl)c(OC(F)(F)C(F)C(F)(F)F)c(Cl)c1", 1},
		{"phenobarbital", "CCC1(c2ccccc2)C(=O)NC(=O)NC1=O", 0},
		{"thalidomide", "O=C1CCC(N2C(=O)c3ccccc3C2=O)C(=O)N1", 0},
		{"acylated naphthalimide", "CCC(=O)N1C(=O)c2cccc3cccc(c23)C1=O", 1},
		{"carbamoylated phthalimide", "CNC(=O)N1C(=O)c2ccccc2C1=O", 1},
		{"acylated oxazolidinone", "CCC(=O)N1CCOC1=O", 0},
		{"phthalic anhydride", "O=C1OC(=O)c2ccccc12", 1},
		{"dibenzamide", "O=C(NC(=O)c1ccccc1)c1ccccc1", 1},
		{"a carbamic anhydride", "CC(=O)OC(=O)Nc1ccccc1", 1},
		{"an acyl carbamate", "CC(=O)NC(=O)Oc1ccccc1", 1},
		{"dimethyl dicarbonate", "COC(=O)OC(=O)OC", 1},
		{"a carbamic acid", "O=C(O)Nc1ccccc1", 1},
		{"a half ester of carbonic acid", "O=C(O)OCc1ccccc1", 1},
		{"carbonic acid", "OC(=O)O", 1},
		{"ethyl carbamate", "CCOC(N)=O", 0},
		{"carbonyldiimidazole", "O=C(n1ccnc1)n1ccnc1", 2},
		{"an acylated purine", "O=C(c1ccccc1)n1cnc2c1ncnc2", 1},
		{"carmofur, an acylated uracil", "CCCCCCNC(=O)n1cc(F)c(=O)[nH]c1=O", 1},
		{"tegafur, an alkylated one", "O=c1[nH]c(=O)n(C2CCCO2)cc1F", 0},
		{"acylated quinazolinone", "O=C(c1ccccn1)n1cnc2ccccc2c1=O", 1},
		{"indomethacin, an acylated indole", "COc1ccc2c(c1)c(CC(=O)O)c(C)n2C(=O)c1ccc(Cl)cc1", 0},
		{"ketorolac, a carbonyl in a ring with a pyrrole's nitrogen", "O=C(O)C1CCn2c1ccc2C(=O)c1ccccc1", 0},
		{"a urea of two amides", "O=C(NC(=O)NC(=O)c1ccccc1)c1ccccc1", 2},
		{"a triuret", "O=C(NC(=O)NC(=O)NC(=O)c1cccc2ccccc12)c1ccccc1", 3},
	} {
		m, err := ParseSMILES(c.smiles)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.LabileSites(); got != c.want {
			t.Errorf("%s: %d, expected %d", c.name, got, c.want)
		}
	}
}
