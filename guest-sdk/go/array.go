package arrowbox

import (
	"strconv"
	"strings"
)

// Array is a column of any Arrow type, as it lies in memory. Values sees it as Go values.
type Array struct {
	field    Field
	length   int
	nulls    int
	validity []byte
	// As in a record batch of Arrow IPC, without the validity.
	buffers    [][]byte
	children   []*Array
	dictionary *Array
}

// Field says what the values are.
func (a *Array) Field() Field { return a.field }

// Named is the same column with another name.
func (a *Array) Named(name string) *Array {
	named := *a
	named.field.Name = name
	return &named
}

// Len is the number of values.
func (a *Array) Len() int { return a.length }

// NullCount is the number of values that are null.
func (a *Array) NullCount() int { return a.nulls }

// IsNull tells whether the value at a place is null.
func (a *Array) IsNull(i int) bool {
	return a.field.Format == "n" || a.nulls > 0 && !bit(a.validity, i)
}

// layout is what a type needs to be written down: the widths of its buffers are not asked for.
type layout struct {
	validity bool
	// Buffers besides the validity, not counting the data of views.
	buffers int
	views   bool
	// Bytes of a value, where that is one number.
	width int
}

func layoutOf(format string) layout {
	switch format {
	case "n":
		return layout{}
	case "b":
		return layout{validity: true, buffers: 1}
	case "c", "C":
		return layout{validity: true, buffers: 1, width: 1}
	case "s", "S", "e":
		return layout{validity: true, buffers: 1, width: 2}
	case "i", "I", "f", "tdD", "tts", "ttm", "tiM":
		return layout{validity: true, buffers: 1, width: 4}
	case "l", "L", "g", "tdm", "ttu", "ttn", "tDs", "tDm", "tDu", "tDn", "tiD":
		return layout{validity: true, buffers: 1, width: 8}
	case "tin":
		return layout{validity: true, buffers: 1, width: 16}
	case "u", "U", "z", "Z":
		return layout{validity: true, buffers: 2}
	case "vu", "vz":
		return layout{validity: true, buffers: 1, views: true, width: 16}
	case "+l", "+L", "+m":
		return layout{validity: true, buffers: 1}
	case "+vl", "+vL":
		return layout{validity: true, buffers: 2}
	case "+s":
		return layout{validity: true}
	case "+r":
		return layout{}
	}
	switch {
	case strings.HasPrefix(format, "ts"):
		return layout{validity: true, buffers: 1, width: 8}
	case strings.HasPrefix(format, "w:"):
		width, err := strconv.Atoi(format[2:])
		if err == nil {
			return layout{validity: true, buffers: 1, width: width}
		}
	case strings.HasPrefix(format, "+w:"):
		return layout{validity: true}
	case strings.HasPrefix(format, "d:"):
		width := 16
		if parts := strings.Split(format[2:], ","); len(parts) == 3 {
			width, _ = strconv.Atoi(parts[2])
			width /= 8
		}
		return layout{validity: true, buffers: 1, width: width}
	case strings.HasPrefix(format, "+us:"):
		return layout{buffers: 1}
	case strings.HasPrefix(format, "+ud:"):
		return layout{buffers: 2}
	}
	fail("an array is of the type %q, which is not known here", format)
	return layout{}
}

// emptyArray has no values.
func emptyArray(field Field) *Array {
	layout := layoutOf(field.Format)
	a := &Array{field: field, buffers: make([][]byte, layout.buffers)}
	if width := offsetWidth(field.Format); width > 0 {
		a.buffers[0] = make([]byte, width)
	}
	for _, child := range field.Children {
		a.children = append(a.children, emptyArray(child))
	}
	if field.Dictionary != nil {
		a.dictionary = emptyArray(*field.Dictionary)
	}
	return a
}

// offsetWidth is the width of the offsets that a type begins with; zero if there are none.
func offsetWidth(format string) int {
	switch format {
	case "u", "z", "+l", "+m":
		return 4
	case "U", "Z", "+L":
		return 8
	}
	return 0
}

// offset is the i-th of the offsets of an array.
func (a *Array) offset(i int) int {
	if offsetWidth(a.field.Format) == 8 {
		return int(valuesOf[int64](a.buffers[0], i+1)[i])
	}
	return int(valuesOf[int32](a.buffers[0], i+1)[i])
}
