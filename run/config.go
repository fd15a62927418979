package run

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// LoadConfig reads the TOML file at path into the struct that into points to; keys that the file lacks keep their value.
// Unknown keys, values of the wrong type and syntax errors fail in one line that says the file, the line and what is expected.
func LoadConfig(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration %s cannot be read: %w", path, cause(err))
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors on Windows put it there
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	err = decoder.Decode(into)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		return unknownKeys(path, unknown.Errors, reflect.TypeOf(into))
	case errors.As(err, &bad):
		return badValue(path, text, bad, reflect.TypeOf(into))
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Resolve makes relative paths, which are relative to folder, absolute; empty ones stay empty.
func Resolve(folder string, paths ...*string) (err error) {
	for _, p := range paths {
		if *p == "" || filepath.IsAbs(*p) {
			continue
		}
		if *p, err = filepath.Abs(filepath.Join(folder, *p)); err != nil {
			return err
		}
	}
	return nil
}

// TaskOf is the task that the configuration file at path names: the value of its key task, empty where it has none. What else is wrong
// with the file is for LoadConfig to say.
func TaskOf(path string) string {
	var c struct {
		Task string `toml:"task"`
	}
	text, err := os.ReadFile(path)
	if err != nil || toml.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &c) != nil {
		return ""
	}
	return c.Task
}

func unknownKeys(path string, all []toml.DecodeError, root reflect.Type) error {
	first := &all[0]
	line, _ := first.Position()
	section, name := split(first.Key())
	known := keysOf(typeAt(root, section))
	hint := ""
	if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	more := ""
	if len(all) > 1 {
		more = fmt.Sprintf(" (and %d more unknown keys)", len(all)-1)
	}
	return oneLine("%s:%d: unknown key %q%s; %sknown keys: %s%s", path, line, name, inSection(section), hint, strings.Join(known, ", "), more)
}

func badValue(path string, text []byte, bad *toml.DecodeError, root reflect.Type) error {
	line, _ := bad.Position()
	source := ""
	if lines := bytes.Split(text, []byte("\n")); line >= 1 && line <= len(lines) {
		source = strings.TrimSpace(string(lines[line-1]))
		source = source[:min(len(source), 120)]
	}
	message := strings.TrimPrefix(bad.Error(), "toml: ")
	section, name := split(bad.Key())
	if strings.HasPrefix(message, "cannot decode TOML") && name != "" {
		message = "needs " + kindName(typeAt(root, bad.Key()))
	}
	if name != "" {
		return oneLine("%s:%d: key %q%s %s, but the line reads: %s", path, line, name, inSection(section), message, source)
	}
	return oneLine("%s:%d: not valid TOML: %s; the line reads: %s", path, line, message, source)
}

// oneLine is an error that stays on one line whatever characters the file holds.
func oneLine(format string, args ...any) error {
	return errors.New(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, fmt.Sprintf(format, args...)))
}

func split(key toml.Key) (section []string, name string) {
	if len(key) == 0 {
		return nil, ""
	}
	return key[:len(key)-1], key[len(key)-1]
}

func inSection(section []string) string {
	if len(section) == 0 {
		return ""
	}
	return " in [" + strings.Join(section, ".") + "]"
}

// typeAt is the Go type that the TOML key path decodes into, or nil.
func typeAt(t reflect.Type, key []string) reflect.Type {
	t = element(t)
	if len(key) == 0 || t == nil {
		return t
	}
	switch t.Kind() {
	case reflect.Map:
		return typeAt(t.Elem(), key[1:])
	case reflect.Struct:
		for _, f := range fields(t) {
			if strings.EqualFold(f.name, key[0]) {
				return typeAt(f.typ, key[1:])
			}
		}
	}
	return nil
}

// element strips pointers and lists, which do not show in a TOML key.
func element(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct) {
		t = t.Elem()
	}
	return t
}

type field struct {
	name string
	typ  reflect.Type
}

// fields are the keys of a struct as go-toml names them, those of embedded structs included.
func fields(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && name == "" && element(f.Type).Kind() == reflect.Struct:
			all = append(all, fields(element(f.Type))...)
		case name == "":
			all = append(all, field{f.Name, f.Type})
		default:
			all = append(all, field{name, f.Type})
		}
	}
	return all
}

func keysOf(t reflect.Type) []string {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for _, f := range fields(t) {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}

func kindName(t reflect.Type) string {
	if t == nil {
		return "another type"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "text in quotes"
	case reflect.Slice, reflect.Array:
		return "a list [...], each entry " + kindName(t.Elem())
	case reflect.Struct, reflect.Map:
		return "a section"
	}
	return "a " + t.String()
}

// nearest is the known name within two edits of name (one if it is shorter than four letters), or "".
func nearest(name string, known []string) string {
	best, at := "", 1+min(2, len(name)/2)
	for _, k := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	return best
}

// edits is the Levenshtein distance of a and b in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
