package quality

import "keel/evaluate"

func share(part, whole int) Measured {
	if whole == 0 {
		return Measured{nan, nan, 0}
	}
	return Measured{float64(part) / float64(whole), nan, whole}
}

// count counts the entries for which it holds.
func (g *group) count(is func(evaluate.Entry) bool) (n int) {
	for _, p := range g.pockets {
		for _, e := range p.entries {
			if is(e) {
				n++
			}
		}
	}
	return n
}

func (g *group) valid() Measured {
	return share(g.count(func(e evaluate.Entry) bool { return e.Score.Valid }), g.asked())
}

func (g *group) connected() Measured { return share(g.count(evaluate.Entry.Evaluated), g.asked()) }

// strict is of the molecules of which the decoder says whether they are.
func (g *group) strict() Measured {
	says := func(want ...string) func(evaluate.Entry) bool {
		return func(e evaluate.Entry) bool {
			got, ok := e.Molecule.Prop(StrictProp)
			return ok && (got == want[0] || len(want) > 1 && got == want[1])
		}
	}
	return share(g.count(says("1")), g.count(says("0", "1")))
}

// unique counts a molecule once in each pocket.
func (g *group) unique() Measured {
	different, n := 0, 0
	for _, p := range g.pockets {
		keys := map[string]bool{}
		for _, e := range p.entries {
			if e.Evaluated() {
				keys[e.Molecule.Key()] = true
				n++
			}
		}
		different += len(keys)
	}
	return share(different, n)
}

// uniqueOverall counts a molecule once, however many pockets it is in.
func (g *group) uniqueOverall() Measured {
	keys, list := map[string]bool{}, g.evaluated()
	for _, e := range list {
		keys[e.Molecule.Key()] = true
	}
	return share(len(keys), len(list))
}

// novel is not known without training molecules.
func (g *group) novel() Measured {
	if g.known == nil {
		return share(0, 0)
	}
	list, n := g.evaluated(), 0
	for _, e := range list {
		if !g.known[e.Molecule.Key()] {
			n++
		}
	}
	return share(n, len(list))
}

// aromatic is of all molecules' atoms together.
func (g *group) aromatic() Measured {
	n, all := 0, 0
	for _, e := range g.evaluated() {
		atoms, _ := e.Molecule.Aromatic()
		for _, is := range atoms {
			n += int(oneIf(is))
		}
		all += len(atoms)
	}
	return share(n, all)
}
