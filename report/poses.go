package report

// pose is one of the best molecules, to be shown in the pocket.
type pose struct {
	card
	Detail []fact
	sdf    string
}

// viewerData is what viewer.js draws.
type viewerData struct {
	Pocket    string   `json:"pocket"`    // PDB text
	Reference string   `json:"reference"` // SDF record
	Poses     []string `json:"poses"`     // SDF records
}

// bestPoses are the best of the ranked molecules that have a pose, each structure once; of no molecules, the first poses.
func bestPoses(list []Molecule, sdf string, most int) []pose {
	if len(list) == 0 { // poses that nobody scored yet
		for _, r := range splitSDF(sdf) {
			list = append(list, Molecule{Name: r.name})
		}
	}
	records := posesByName(sdf)
	labels := map[string]string{}
	for _, q := range quantities {
		labels[q.key] = q.label
	}
	seen := map[string]bool{}
	var poses []pose
	for i := range list {
		m := &list[i]
		record, ok := records[m.Name]
		if !ok || m.SMILES != "" && seen[m.SMILES] || len(poses) == most {
			continue
		}
		seen[m.SMILES] = true
		poses = append(poses, pose{cardOf(i+1, m), facts(m, labels), record})
	}
	return poses
}

func viewer(in Input, poses []pose) viewerData {
	v := viewerData{Pocket: in.Pocket, Poses: []string{}}
	for _, p := range poses {
		v.Poses = append(v.Poses, p.sdf)
	}
	if records := splitSDF(in.RefSDF); len(records) > 0 {
		v.Reference = records[0].text
	}
	return v
}
