package arrowbox

import (
	"cmp"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unsafe"
)

func mul64(a, b uint64) (uint64, uint64) { return bits.Mul64(a, b) }

// noNulls refuses nulls where a type has none: within lists and rows. As many as are hidden are in rows that are null.
func noNulls(c codec, a *Array, hidden int, where string) {
	if a.nulls > hidden && !c.field().Nullable {
		fail("%s has a null: make it an arrowbox.Option", where)
	}
}

// lists are slices.
type lists struct {
	slice reflect.Type
	items codec
}

func (c lists) field() Field {
	item := c.items.field().named("item")
	item.Nullable = true
	return Field{Format: "+l", Children: []Field{item}}
}

// hides tells whether a list or a map has items that are in none of its rows, or in one that is null.
func (a *Array) hides() bool {
	hidden := a.children[0].length - a.offset(a.length) + a.offset(0)
	if a.nulls > 0 {
		for i := range a.length {
			if a.IsNull(i) {
				hidden += a.offset(i+1) - a.offset(i)
			}
		}
	}
	return hidden != 0
}

// header is how Go lays a slice out.
type header struct {
	data     unsafe.Pointer
	len, cap int
}

func (c lists) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	if offsetWidth(a.field.Format) == 0 || len(a.children) != 1 {
		fail("%s was passed where a list is declared", a.field.Type())
	}
	if a.hides() {
		a = a.take(each(0, n))
	}
	child := a.children[0]
	noNulls(c.items, child, 0, "a list of "+a.field.Name)
	all := reflect.MakeSlice(c.slice, child.length, child.length)
	size := c.slice.Elem().Size()
	if child.length > 0 {
		c.items.load(child, child.length, all.UnsafePointer(), size)
	}
	for i := range n {
		begin, end := a.offset(i), a.offset(i+1)
		if begin < 0 || end < begin || end > child.length {
			fail("the offsets of a list are out of order")
		}
		part := all.Slice3(begin, end, end)
		*(*header)(step(base, stride, i)) = header{part.UnsafePointer(), end - begin, end - begin}
	}
}

func (c lists) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	offsets := make([]int, n+1)
	for i := range n {
		offsets[i+1] = offsets[i] + (*header)(step(base, stride, i)).len
	}
	all := reflect.MakeSlice(c.slice, 0, offsets[n])
	for i := range n {
		part := reflect.NewAt(c.slice, step(base, stride, i)).Elem()
		all = reflect.AppendSlice(all, part)
	}
	child := emptyArray(c.items.field())
	if offsets[n] > 0 {
		child = c.items.store(offsets[n], all.UnsafePointer(), c.slice.Elem().Size())
	}
	field := c.field()
	child.field = field.Children[0]
	return &Array{field: field, length: n, buffers: [][]byte{bytesOf(narrow(offsets))}, children: []*Array{child}}
}

// mapped are maps. Go's have no order: their entries are given in that of their keys.
type mapped struct {
	of           reflect.Type
	keys, values codec
}

func mapsOf(t reflect.Type) (codec, error) {
	keys, err := codecFor(t.Key())
	if err != nil {
		return nil, err
	}
	if keys.field().Nullable {
		return nil, fmt.Errorf("%s: a key can not be null", t)
	}
	values, err := codecFor(t.Elem())
	if err != nil {
		return nil, err
	}
	return mapped{t, keys, values}, nil
}

func (c mapped) field() Field {
	value := c.values.field().named("value")
	value.Nullable = true
	entries := Field{Name: "entries", Format: "+s", Children: []Field{c.keys.field().named("key"), value}}
	return Field{Format: "+m", Children: []Field{entries}}
}

func (c mapped) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	if a.hides() {
		a = a.take(each(0, n))
	}
	entries := a.children[0]
	keys := reflect.MakeSlice(reflect.SliceOf(c.of.Key()), entries.length, entries.length)
	values := reflect.MakeSlice(reflect.SliceOf(c.of.Elem()), entries.length, entries.length)
	noNulls(c.values, entries.children[1], 0, "a map")
	if entries.length > 0 {
		c.keys.load(entries.children[0], entries.length, keys.UnsafePointer(), c.of.Key().Size())
		c.values.load(entries.children[1], entries.length, values.UnsafePointer(), c.of.Elem().Size())
	}
	for i := range n {
		made := reflect.MakeMap(c.of)
		for entry := a.offset(i); entry < a.offset(i+1); entry++ {
			made.SetMapIndex(keys.Index(entry), values.Index(entry))
		}
		reflect.NewAt(c.of, step(base, stride, i)).Elem().Set(made)
	}
}

func (c mapped) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	offsets := make([]int, n+1)
	keys := reflect.MakeSlice(reflect.SliceOf(c.of.Key()), 0, n)
	values := reflect.MakeSlice(reflect.SliceOf(c.of.Elem()), 0, n)
	for i := range n {
		var entries [][2]reflect.Value
		for entry := reflect.NewAt(c.of, step(base, stride, i)).Elem().MapRange(); entry.Next(); {
			entries = append(entries, [2]reflect.Value{entry.Key(), entry.Value()})
		}
		slices.SortFunc(entries, func(a, b [2]reflect.Value) int { return compareKeys(a[0], b[0]) })
		for _, entry := range entries {
			keys, values = reflect.Append(keys, entry[0]), reflect.Append(values, entry[1])
		}
		offsets[i+1] = keys.Len()
	}
	field := c.field()
	entries := emptyArray(field.Children[0])
	entries.length = keys.Len()
	if entries.length > 0 {
		entries.children[0] = c.keys.store(entries.length, keys.UnsafePointer(), c.of.Key().Size())
		entries.children[1] = c.values.store(entries.length, values.UnsafePointer(), c.of.Elem().Size())
		entries.children[0].field, entries.children[1].field = field.Children[0].Children[0], field.Children[0].Children[1]
	}
	return &Array{field: field, length: n, buffers: [][]byte{bytesOf(narrow(offsets))}, children: []*Array{entries}}
}

// compareKeys puts keys in an order that is always the same.
func compareKeys(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == reflect.String:
		return strings.Compare(a.String(), b.String())
	case a.Kind() == reflect.Bool:
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	}
	switch key := a.Interface().(type) {
	case Decimal:
		other := b.Interface().(Decimal)
		return cmp.Or(cmp.Compare(key.High, other.High), cmp.Compare(key.Low, other.Low))
	case time.Time:
		return key.Compare(b.Interface().(time.Time))
	}
	// A struct has the order of its fields.
	for i := range a.NumField() {
		if a.Type().Field(i).IsExported() {
			if order := compareKeys(a.Field(i), b.Field(i)); order != 0 {
				return order
			}
		}
	}
	return 0
}

// structs have a column for each exported field, named as in SQL unless a tag `arrowbox:"name"` says otherwise.
type structs struct {
	of     reflect.Type
	names  []string
	fields []codec
	places []uintptr
}

func structOf(t reflect.Type) (codec, error) {
	c := structs{of: t}
	for i := range t.NumField() {
		field := t.Field(i)
		name := field.Tag.Get("arrowbox")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = sqlName(field.Name)
		}
		codec, err := codecFor(field.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, field.Name, err)
		}
		c.names = append(c.names, name)
		c.fields = append(c.fields, codec)
		c.places = append(c.places, field.Offset)
	}
	if len(c.fields) == 0 {
		return nil, fmt.Errorf("%s has no exported field, so that it has no column", t)
	}
	return c, nil
}

func (c structs) columns() []Field {
	fields := make([]Field, len(c.fields))
	for i, field := range c.fields {
		fields[i] = field.field().named(c.names[i])
	}
	return fields
}

func (c structs) field() Field { return Field{Format: "+s", Children: c.columns()} }

func (c structs) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	if len(a.children) != len(c.fields) {
		fail("%s was passed where %s is declared", a.field.Type(), c.field().Type())
	}
	for i, field := range c.fields {
		child := a.children[i].under(a)
		noNulls(field, child, a.nulls, "the field "+c.names[i])
		field.load(child, n, unsafe.Add(base, c.places[i]), stride)
	}
}

// under is the column of some rows: what it has where a row is null is of no account.
func (a *Array) under(rows *Array) *Array {
	if rows.nulls == 0 {
		return a
	}
	under := *a
	under.validity, under.nulls = rows.validity, rows.nulls
	if a.nulls > 0 {
		under.validity = bitmapOf(a.length)
		for i := range under.validity {
			under.validity[i] = a.validity[i] & rows.validity[i]
		}
		under.nulls = a.length - countOnes(under.validity, a.length)
	}
	return &under
}

func (c structs) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	return &Array{field: c.field(), length: n, children: c.parts(n, base, stride)}
}

// parts are the columns of rows.
func (c structs) parts(n int, base unsafe.Pointer, stride uintptr) []*Array {
	parts := make([]*Array, len(c.fields))
	for i, field := range c.fields {
		if n == 0 {
			parts[i] = emptyArray(field.field())
		} else {
			parts[i] = field.store(n, unsafe.Add(base, c.places[i]), stride)
		}
		parts[i].field.Name = c.names[i]
	}
	return parts
}

// sqlName writes GroupCount as group_count.
func sqlName(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		upper := unicode.IsUpper(r)
		if upper && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
