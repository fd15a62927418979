package docked

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"keel/chem"
	"keel/run"
)

// complexFile is one complex as it goes into an archive, with its line of the table.
type complexFile struct {
	id          string
	pocket, sdf []byte
	line        string
}

const tableHeader = "id\treceptor\tcluster\tligand\theavy\ttorsions\tvina\tefficiency\tintra\tburied\tmin_dist\tsmiles\n"

// complex cuts the pocket and writes the texts.
func (b *builder) complex(p *chem.Protein, s site, k *candidate) (complexFile, error) {
	pocket, err := chem.CutPocket(p, k.mol.Positions(), pocketRadius)
	if err != nil {
		return complexFile{}, err
	}
	out := complexFile{id: fmt.Sprintf("%s_dock%d", s.receptor, k.number)}
	source, e, n := k.mol.Name, k.best.Energy, len(k.mol.Atoms)
	k.mol.Name = out.id
	k.mol.Props = []chem.Prop{
		{Key: "vina", Value: strconv.FormatFloat(e.Total, 'f', 3, 64)},
		{Key: "receptor", Value: s.receptor},
		{Key: "conformer", Value: source},
	}
	var pdb, sdf bytes.Buffer
	if err := chem.WritePDB(&pdb, pocket); err != nil {
		return complexFile{}, err
	}
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{k.mol}); err != nil {
		return complexFile{}, err
	}
	out.pocket, out.sdf = pdb.Bytes(), sdf.Bytes()
	out.line = fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.2f\t%s\n", out.id, s.receptor, s.cluster, k.number, n,
		k.ligand.Torsions(), e.Total, -e.Total/float64(n), e.Intra, k.buried, k.nearest, k.mol.SMILES())
	return out, nil
}

// write writes a shard's files, the archive last: its presence says that the shard is done.
func (b *builder) write(number int, all []complexFile, counts Counts) error {
	err := run.WriteFile(b.path(number, "tsv"), func(w io.Writer) error {
		_, err := io.WriteString(w, tableHeader)
		for _, c := range all {
			if err == nil {
				_, err = io.WriteString(w, c.line)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	err = run.WriteFile(b.path(number, "json"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(counts)
	})
	if err != nil {
		return err
	}
	return run.WriteFile(b.path(number, "tar.gz"), func(w io.Writer) error {
		z := gzip.NewWriter(w)
		t := tar.NewWriter(z)
		for _, c := range all {
			if err := addFile(t, c.id+"/pocket.pdb", c.pocket); err != nil {
				return err
			}
			if err := addFile(t, c.id+"/ligand.sdf", c.sdf); err != nil {
				return err
			}
		}
		if err := t.Close(); err != nil {
			return err
		}
		return z.Close()
	})
}

func addFile(t *tar.Writer, name string, text []byte) error {
	if err := t.WriteHeader(&tar.Header{Format: tar.FormatUSTAR, Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := t.Write(text)
	return err
}
