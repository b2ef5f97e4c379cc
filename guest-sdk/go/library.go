package arrowbox

import (
	"fmt"
	"slices"
)

// Version of this package.
const Version = "0.1.0"

// The kinds, as the contract numbers them.
type kind uint8

const (
	scalarKind kind = iota
	aggregateKind
	windowKind
	tableKind
	mapBatchesKind
	groupedMapKind
	cogroupedMapKind
	readerKind
	writerKind
)

func (k kind) String() string {
	return [...]string{"scalar function", "aggregate function", "window function", "table function", "batch map",
		"grouped map", "cogrouped map", "reader", "writer"}[k]
}

type volatility uint8

const (
	immutable volatility = iota
	stable
	volatile
)

// function is one that was registered.
type function struct {
	name       string
	kind       kind
	arguments  []Field
	variadic   bool
	result     []Field
	volatility volatility
	// The function sees nulls.
	called bool
	grants []string
	doc    string
	// Any arguments, since they are constants behind a table.
	anything bool
	open     func(*opening) any
}

// opening is what a function is opened with.
type opening struct {
	fields    []Field
	inputs    [][]Field
	keys      [][]int
	arguments []*Array
	options   *Options
}

// A Setting says more about a function than its types do.
type Setting func(*function)

// Doc is for people. The first line is the summary.
func Doc(text string) Setting { return func(f *function) { f.doc = text } }

// Stable functions give the same for the same arguments within one query.
func Stable() Setting { return func(f *function) { f.volatility = max(f.volatility, stable) } }

// Volatile functions give something else each time.
func Volatile() Setting { return func(f *function) { f.volatility = volatile } }

// Grants names what a function has to be granted: "clock", "random", "env HOME", "net host:443", "dir /path".
func Grants(grants ...string) Setting {
	return func(f *function) { f.grants = append(f.grants, grants...) }
}

// library has the functions in the order of their registration.
var library []*function

func register(f *function, settings []Setting) {
	if f.name == "" {
		panic("arrowbox: a function was registered without a name")
	}
	for _, setting := range settings {
		setting(f)
	}
	for _, other := range library {
		if other.name == f.name && other.kind == f.kind && other.takesSame(f) {
			panic(fmt.Sprintf("arrowbox: %s is registered twice with the same arguments", f.name))
		}
	}
	library = append(library, f)
}

func (f *function) takesSame(other *function) bool {
	return f.anything || f.variadic == other.variadic && slices.EqualFunc(f.arguments, other.arguments, Field.sameLayout)
}

func (f *function) takes(fields []Field) bool {
	if f.anything {
		return true
	}
	fixed := len(f.arguments)
	if f.variadic {
		fixed--
	}
	if len(fields) < fixed || !f.variadic && len(fields) > fixed {
		return false
	}
	for i, field := range fields {
		if !f.arguments[min(i, len(f.arguments)-1)].accepts(field) {
			return false
		}
	}
	return true
}

// find is the function of this kind and name that can be called with these arguments.
func find(kind kind, name string, fields []Field) *function {
	known := false
	for _, f := range library {
		if f.kind != kind || f.name != name {
			continue
		}
		if f.takes(fields) {
			return f
		}
		known = true
	}
	if known {
		fail("%s has no signature for %s", name, typesOf(fields))
	}
	fail("no such %s: %s", kind, name)
	return nil
}

// described are functions of one name and kind, as one with several signatures.
type described struct {
	*function
	signatures []*function
}

func describe() []described {
	var all []described
next:
	for _, f := range library {
		for i := range all {
			known := &all[i]
			if known.name != f.name || known.kind != f.kind {
				continue
			}
			first := *known.function
			first.volatility = max(first.volatility, f.volatility)
			first.called = first.called || f.called
			for _, grant := range f.grants {
				if !slices.Contains(first.grants, grant) {
					first.grants = append(slices.Clone(first.grants), grant)
				}
			}
			if first.doc == "" {
				first.doc = f.doc
			}
			known.function = &first
			known.signatures = append(known.signatures, f)
			continue next
		}
		all = append(all, described{f, []*function{f}})
	}
	return all
}

func named(codecs []codec) []Field {
	fields := make([]Field, len(codecs))
	for i, c := range codecs {
		fields[i] = argument(c, string(rune('a'+i)))
	}
	return fields
}

func anyNullable(codecs []codec) bool {
	return slices.ContainsFunc(codecs, func(c codec) bool { return c.field().Nullable })
}
