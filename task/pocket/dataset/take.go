package dataset

import (
	"fmt"
	"hash/fnv"
)

// take counts an outcome, and puts an example into its shard.
func (b *builder) take(at *Source, o outcome) error {
	var text []byte
	var id string
	if x := o.example; x != nil {
		var err error
		if id = b.unique(at.Kind, x); id == "" {
			o.dropped = duplicateComplex
		} else if text, err = record(x.ligand, id, x.source); err != nil {
			o.dropped = unwritableLigand
		}
	}
	at.Items++
	for why, n := range o.notes {
		at.Notes = count(at.Notes, why, n)
	}
	switch {
	case o.dropped != "":
		at.Read++
		at.Dropped = count(at.Dropped, o.dropped, 1)
		return nil
	case o.example == nil:
		return nil
	}
	at.Read++
	at.Kept++
	return b.add(at.Kind, id, o.example, text)
}

// add puts an example into its shard, and writes the shard when it is full.
func (b *builder) add(kind, id string, x *example, ligand []byte) error {
	s := b.shards[kind]
	if s == nil {
		s = newShard(kind)
		b.shards[kind] = s
	}
	if kind == Conformers {
		b.manifest.Conformers++
	} else {
		b.manifest.Complexes++
		b.pairs[x.pair] = struct{}{}
		b.ids[idHash(id)]++
		if id != x.id {
			b.ids[idHash(x.id)]++
		}
	}
	if err := s.add(id, x.pocket, ligand); err != nil {
		return err
	}
	if s.examples < b.cfg.PerShard {
		return nil
	}
	if err := b.closeShard(kind); err != nil {
		return err
	}
	return b.manifest.write(b.cfg.Out)
}

// closeShard writes the shard under way, if there is one.
func (b *builder) closeShard(kind string) error {
	s := b.shards[kind]
	if s == nil {
		return nil
	}
	done, err := s.write(b.cfg.Out, b.manifest.shardsOf(kind))
	if err != nil {
		return err
	}
	b.manifest.Shards = append(b.manifest.Shards, done)
	delete(b.shards, kind)
	return nil
}

// unique returns the example's id with a number behind it where it was given before, "" where the complex is known.
func (b *builder) unique(kind string, x *example) string {
	if kind == Conformers {
		return x.id
	}
	if _, known := b.pairs[x.pair]; known {
		return ""
	}
	id := x.id
	for n := max(2, b.ids[idHash(x.id)]); b.ids[idHash(id)] > 0; n++ { // all smaller numbers were given
		id = fmt.Sprintf("%s-%d", x.id, n)
	}
	return id
}

func idHash(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

func count(m map[string]int, why string, n int) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	m[why] += n
	return m
}
