package oracle

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"keel/supervise"
)

// cacheBytes bounds what is kept in memory, as text: some 50,000 molecules without pictures.
const cacheBytes = 64 << 20

// codeVersion is part of every key. It is raised when Keel's own code comes to give other figures for the same molecule.
const codeVersion = 2

// cacheKey stands for a molecule in its pose and for all that its figures depend on.
type cacheKey [sha256.Size]byte

// salt sums up what figures depend on beside the molecule: receptor, box, settings, the worker's sources and the versions of
// what those use.
func (c Config) salt(versions map[string]string) ([]byte, error) {
	_, sources := workerSources()
	parts := []any{codeVersion, c.hello(), versions, c.command, string(sources)}
	if c.DockHere {
		parts = append(parts, "docked here")
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// keyOf returns the key of an SDF record without a name.
func keyOf(salt []byte, record string) cacheKey {
	return sha256.Sum256(append(append([]byte{}, salt...), record...))
}

// poisonKey names a request on the poison list: a molecule may end workers by one metric and not by another.
func poisonKey(key cacheKey, asked Metrics) string {
	return hex.EncodeToString(key[:]) + " " + strings.Join(asked.names(), ",")
}

// cache remembers parts of scores, the latest used in memory and all of them in the file, if there is one. Its methods may be
// called at the same time from several goroutines.
type cache struct {
	mu    sync.Mutex
	most  int // bytes in memory
	bytes int
	order *list.List // of *remembered, the latest used in front
	at    map[cacheKey]*list.Element
	file  *cacheFile // nil for memory only
}

type remembered struct {
	key  cacheKey
	line []byte
}

// openCache opens the file, if its name is not empty.
func openCache(path string, most int) (*cache, error) {
	c := &cache{most: most, order: list.New(), at: map[cacheKey]*list.Element{}}
	if path == "" {
		return c, nil
	}
	var err error
	c.file, err = openCacheFile(path)
	return c, err
}

// get returns what is known of a molecule: the zero part if nothing is.
func (c *cache) get(key cacheKey) (part, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(key)
}

func (c *cache) find(key cacheKey) (part, error) {
	if e, ok := c.at[key]; ok {
		c.order.MoveToFront(e)
		p, _, err := decodePart(e.Value.(*remembered).line)
		return p, err
	}
	if c.file == nil {
		return part{}, nil
	}
	line, err := c.file.read(key)
	if line == nil || err != nil {
		return part{}, err
	}
	c.remember(key, line)
	p, _, err := decodePart(line)
	return p, err
}

// put adds a part to what is known of a molecule.
func (c *cache) put(key cacheKey, p part) error {
	p = p.lasting()
	if p.have&identity == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known, err := c.find(key)
	if err != nil {
		return err
	}
	if p.have&^known.have == 0 {
		return nil
	}
	line, err := encodePart(key, known.merge(p))
	if err != nil {
		return err
	}
	c.remember(key, line)
	if c.file == nil {
		return nil
	}
	return c.file.write(key, line)
}

// remember keeps a line in memory, and forgets those that were not used for the longest time.
func (c *cache) remember(key cacheKey, line []byte) {
	if e, ok := c.at[key]; ok {
		c.forget(e)
	}
	c.at[key] = c.order.PushFront(&remembered{key, line})
	c.bytes += len(line)
	for c.bytes > c.most {
		c.forget(c.order.Back())
	}
}

func (c *cache) forget(e *list.Element) {
	r := c.order.Remove(e).(*remembered)
	delete(c.at, r.key)
	c.bytes -= len(r.line)
}

// addPoison writes down that a request ends workers.
func (c *cache) addPoison(key string, why supervise.Failure) error {
	if c.file == nil {
		return nil // the workers' own list will do
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.file.writePoison(key, why)
}

func (c *cache) close() error {
	if c.file == nil {
		return nil
	}
	return c.file.f.Close()
}

// partJSON is a part as a line of the file.
type partJSON struct {
	Key      string                     `json:"key"`
	Have     []string                   `json:"have"`
	Values   map[string]json.RawMessage `json:"values"`
	Failures []lackJSON                 `json:"failures,omitempty"`
}

type lackJSON struct {
	Of []string `json:"of"`
	supervise.Failure
}

const identityName = "identity"

func encodePart(key cacheKey, p part) ([]byte, error) {
	j := partJSON{Key: hex.EncodeToString(key[:]), Have: namesWithIdentity(p.have), Values: p.values}
	for _, l := range p.lacks {
		j.Failures = append(j.Failures, lackJSON{namesWithIdentity(l.of), l.why})
	}
	line, err := json.Marshal(j)
	return append(line, '\n'), err
}

func decodePart(line []byte) (part, cacheKey, error) {
	var j partJSON
	var key cacheKey
	if err := json.Unmarshal(line, &j); err != nil {
		return part{}, key, err
	}
	if n, err := hex.Decode(key[:], []byte(j.Key[:min(len(j.Key), 2*len(key))])); err != nil || n != len(key) {
		return part{}, key, fmt.Errorf("%.80q is no key", j.Key)
	}
	p := part{have: metricsOf(j.Have), values: j.Values}
	for _, l := range j.Failures {
		p.lacks = append(p.lacks, lack{metricsOf(l.Of), l.Failure})
	}
	return p, key, nil
}

func namesWithIdentity(m Metrics) []string {
	list := (m &^ identity).names()
	if m&identity != 0 {
		list = append(list, identityName)
	}
	return list
}

// metricsOf is the inverse. A name that this Keel does not know is passed over: the figure is then asked for again.
func metricsOf(names []string) (m Metrics) {
	for _, name := range names {
		if name == identityName {
			m |= identity
		} else if one, ok := MetricOf(name); ok {
			m |= one
		}
	}
	return m
}
