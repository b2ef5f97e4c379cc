package arrowbox

import (
	"fmt"
	"slices"
	"strings"
)

// Field is a name and an Arrow type.
type Field struct {
	Name string
	// Format is the type as the Arrow C Data Interface writes it: "l" is Int64, "u" Utf8, "+s" a struct.
	// As the type of an argument "*" is any type, "*u" any text and "*z" any binary.
	Format   string
	Nullable bool
	Children []Field
	// Dictionary is the type of the values, if Format is that of keys.
	Dictionary *Field
	Metadata   [][2]string

	flags uint8
}

const (
	flagNullable = 1 << iota
	flagOrdered
	flagSorted
)

func (f Field) named(name string) Field {
	f.Name = name
	return f
}

// Type writes the type as the engine does.
func (f Field) Type() string {
	if f.Dictionary != nil {
		return fmt.Sprintf("Dictionary(%s, %s)", typeNames[f.Format], f.Dictionary.Type())
	}
	if name, ok := typeNames[f.Format]; ok {
		return name
	}
	child := func(i int) string {
		if i >= len(f.Children) {
			return "?"
		}
		return f.Children[i].Type()
	}
	switch {
	case f.Format == "+l", f.Format == "+vl":
		return "List(" + child(0) + ")"
	case f.Format == "+L", f.Format == "+vL":
		return "LargeList(" + child(0) + ")"
	case strings.HasPrefix(f.Format, "+w:"):
		return fmt.Sprintf("FixedSizeList(%s x %s)", f.Format[3:], child(0))
	case f.Format == "+m":
		return "Map(" + child(0) + ")"
	case f.Format == "+s":
		parts := make([]string, len(f.Children))
		for i, field := range f.Children {
			parts[i] = fmt.Sprintf("%q: %s", field.Name, field.Type())
		}
		return "Struct(" + strings.Join(parts, ", ") + ")"
	case strings.HasPrefix(f.Format, "ts"):
		unit, zone, _ := strings.Cut(f.Format[2:], ":")
		if zone == "" {
			return "Timestamp(" + unitNames[unit] + ")"
		}
		return fmt.Sprintf("Timestamp(%s, %q)", unitNames[unit], zone)
	case strings.HasPrefix(f.Format, "tD"):
		return "Duration(" + unitNames[f.Format[2:]] + ")"
	case strings.HasPrefix(f.Format, "tt"):
		return "Time(" + unitNames[f.Format[2:]] + ")"
	case strings.HasPrefix(f.Format, "d:"):
		return "Decimal(" + f.Format[2:] + ")"
	}
	return f.Format
}

var typeNames = map[string]string{
	"n": "Null", "b": "Boolean", "c": "Int8", "C": "UInt8", "s": "Int16", "S": "UInt16", "i": "Int32", "I": "UInt32",
	"l": "Int64", "L": "UInt64", "e": "Float16", "f": "Float32", "g": "Float64", "u": "Utf8", "U": "LargeUtf8",
	"vu": "Utf8View", "z": "Binary", "Z": "LargeBinary", "vz": "BinaryView", "tdD": "Date32", "tdm": "Date64",
	"tiM": "Interval(YearMonth)", "tiD": "Interval(DayTime)", "tin": "Interval(MonthDayNano)",
	"*": "any type", "*u": "text", "*z": "binary",
}

var unitNames = map[string]string{"s": "s", "m": "ms", "u": "µs", "n": "ns"}

func typesOf(fields []Field) string {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Type()
	}
	return "(" + strings.Join(names, ", ") + ")"
}

var (
	texts    = []string{"u", "U", "vu"}
	binaries = []string{"z", "Z", "vz"}
)

// accepts tells whether a column of the type given can be passed where f is declared.
func (f Field) accepts(given Field) bool {
	values := given
	if given.Dictionary != nil {
		values = *given.Dictionary
	}
	switch f.Format {
	case "*":
		return true
	case "*u":
		return slices.Contains(texts, values.Format)
	case "*z":
		return slices.Contains(binaries, values.Format)
	}
	return f.sameLayout(given)
}

// sameLayout tells whether both lay their values out alike: nulls and the names of items aside.
func (f Field) sameLayout(other Field) bool {
	if f.Format != other.Format || (f.Dictionary == nil) != (other.Dictionary == nil) {
		return false
	}
	if f.Dictionary != nil && !f.Dictionary.sameLayout(*other.Dictionary) {
		return false
	}
	return slices.EqualFunc(f.Children, other.Children, func(a, b Field) bool {
		return a.sameLayout(b) && (f.Format != "+s" || a.Name == b.Name)
	})
}
