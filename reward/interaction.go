package reward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"keel/chem"
	"keel/chem/contact"
	"keel/oracle"
)

// interaction is the share of some residues that the pose is in contact with, by any kind of contact or by one.
type interaction struct {
	residues []string
	kind     contact.Kind // "" for any
}

func newInteraction(c *Component, env Env) (metric, error) {
	m := interaction{slices.Compact(slices.Sorted(slices.Values(c.Residues))), contact.Kind(c.Kind)}
	if len(m.residues) == 0 {
		return nil, errors.New(`residues is missing: name those that the pose shall touch, as ["ASP25:A"]`)
	}
	if c.Kind != "" && !slices.Contains(contact.Kinds(), m.kind) {
		return nil, fmt.Errorf("kind = %q: expected one of %s", c.Kind, strings.Trim(fmt.Sprint(contact.Kinds()), "[]"))
	}
	for _, name := range m.residues {
		if env.Protein != nil && !slices.Contains(labels(env.Protein), name) {
			return nil, fmt.Errorf("there is no residue %s in the protein %s; residues are named as %s", name, env.Protein.Name, example(env.Protein))
		}
	}
	return m, nil
}

func labels(p *chem.Protein) []string {
	list := make([]string, len(p.Residues))
	for i := range list {
		list[i] = contact.Label(p, i)
	}
	return list
}

func example(p *chem.Protein) string {
	if len(p.Residues) == 0 {
		return "ASP25:A"
	}
	return contact.Label(p, 0)
}

func (interaction) needs() oracle.Metrics { return oracle.Interactions }

func (m interaction) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		if s.score.Interactions == "" {
			out[i] = missing(s.score, "interactions")
			continue
		}
		list, err := contact.Parse(s.score.Interactions)
		if err != nil {
			return nil, err
		}
		out[i].value = m.share(list)
	}
	return out, nil
}

func (m interaction) share(list []contact.Contact) float64 {
	touched := 0
	for _, name := range m.residues {
		if slices.ContainsFunc(list, func(c contact.Contact) bool { return c.Residue == name && (m.kind == "" || m.kind == c.Kind) }) {
			touched++
		}
	}
	return float64(touched) / float64(len(m.residues))
}
