package arrowbox

import (
	"slices"
	"strconv"
	"strings"
)

// concat puts arrays of one type one after the other.
func concat(arrays []*Array) *Array {
	if len(arrays) == 1 {
		return arrays[0]
	}
	first := arrays[0]
	all := &Array{field: first.field}
	for _, a := range arrays {
		if !first.field.sameLayout(a.field) {
			fail("columns of %s and of %s can not be put together", first.field.Type(), a.field.Type())
		}
		all.length += a.length
		all.nulls += a.nulls
	}
	format := first.field.Format
	layout := layoutOf(format)
	if layout.validity && all.nulls > 0 {
		all.validity = bitmapOf(all.length)
		begin := 0
		for _, a := range arrays {
			for i := range a.length {
				if !a.IsNull(i) {
					setBit(all.validity, begin+i)
				}
			}
			begin += a.length
		}
	}
	children := func(i int) *Array {
		var parts []*Array
		for _, a := range arrays {
			parts = append(parts, a.children[i])
		}
		return concat(parts)
	}
	switch {
	case format == "n":
	case first.dictionary != nil:
		return concatKeys(all, arrays)
	case format == "b":
		values := bitmapOf(all.length)
		begin := 0
		for _, a := range arrays {
			for i := range a.length {
				if bit(a.buffers[0], i) {
					setBit(values, begin+i)
				}
			}
			begin += a.length
		}
		all.buffers = [][]byte{values}
	case layout.views:
		concatViews(all, arrays)
	case layout.width > 0, strings.HasPrefix(format, "w:"):
		values := make([]byte, 0, all.length*layout.width)
		for _, a := range arrays {
			values = append(values, a.buffers[0][:a.length*layout.width]...)
		}
		all.buffers = [][]byte{values}
	case offsetWidth(format) > 0:
		concatLists(all, arrays)
	case format == "+s":
		for i := range first.children {
			all.children = append(all.children, children(i))
		}
	case strings.HasPrefix(format, "+w:"):
		all.children = []*Array{children(0)}
	case format == "+vl", format == "+vL":
		concatListViews(all, arrays)
	case strings.HasPrefix(format, "+us:"):
		all.buffers = [][]byte{idsOf(arrays)}
		for i := range first.children {
			all.children = append(all.children, children(i))
		}
	case strings.HasPrefix(format, "+ud:"):
		concatUnions(all, arrays)
	case format == "+r":
		concatRuns(all, arrays)
	default:
		fail("the column %s is %s, and rows of such a column can not be put together: cast it", first.field.Name, format)
	}
	return all
}

// concatLists puts text, binary, lists and maps together.
func concatLists(all *Array, arrays []*Array) {
	offsets := make([]int, 1, all.length+1)
	var data []byte
	var items []*Array
	for _, a := range arrays {
		begin, end := a.offset(0), a.offset(a.length)
		before := offsets[len(offsets)-1]
		for i := range a.length {
			offsets = append(offsets, before+a.offset(i+1)-begin)
		}
		if len(a.children) > 0 {
			items = append(items, a.children[0].slice(begin, end))
		} else if begin < end {
			data = append(data, a.buffers[1][begin:end]...)
		}
	}
	if offsetWidth(all.field.Format) == 4 {
		all.buffers = [][]byte{bytesOf(narrow(offsets))}
	} else {
		all.buffers = [][]byte{bytesOf(offsets)}
	}
	if len(items) > 0 {
		all.children = []*Array{concat(items)}
	} else {
		all.buffers = append(all.buffers, data)
	}
}

// concatViews puts views together, and keeps only the data that they still point to.
func concatViews(all *Array, arrays []*Array) {
	joined := make([][4]uint32, 0, all.length)
	data := [][]byte{nil}
	for _, a := range arrays {
		// Where the data of a is in all; zero if it is not there yet.
		places := make([]uint32, len(a.buffers))
		for i, view := range valuesOf[[4]uint32](a.buffers[0], a.length) {
			if a.IsNull(i) {
				view = [4]uint32{}
			} else if length, buffer := view[0], view[2]+1; length > 12 {
				if places[buffer] == 0 {
					places[buffer] = uint32(len(data))
					data = append(data, a.buffers[buffer])
				}
				view[2] = places[buffer] - 1
			}
			joined = append(joined, view)
		}
	}
	data[0] = bytesOf(joined)
	all.buffers = data
}

// concatKeys puts the keys together, and of their dictionaries the values that are used: those that are known by their
// bytes once.
func concatKeys(all *Array, arrays []*Array) *Array {
	var dictionaries []*Array
	known := map[string]int{}
	keys := make([]int, 0, all.length)
	count := 0
	for _, a := range arrays {
		bytes := a.dictionary.distinct()
		// Where a value is in all, counted from one; zero if it is not there yet.
		places := make([]int, a.dictionary.length)
		var used []int
		for i := range a.length {
			if a.IsNull(i) {
				keys = append(keys, 0)
				continue
			}
			key := a.key(i)
			if places[key] == 0 && bytes != nil {
				places[key] = known[string(bytes[key])]
			}
			if places[key] == 0 {
				used = append(used, key)
				count++
				places[key] = count
				if bytes != nil {
					known[string(bytes[key])] = count
				}
			}
			keys = append(keys, places[key]-1)
		}
		dictionaries = append(dictionaries, a.dictionary.take(used))
	}
	field := all.field
	width := layoutOf(field.Format).width
	bits := 8 * width
	if strings.Contains("csil", field.Format) {
		bits--
	}
	if width < 8 && count > 1<<bits {
		fail("the column %s has %d values in its dictionaries together, and keys of %s can not tell so many apart: "+
			"cast it to %s", field.Name, count, typeNames[field.Format], field.Dictionary.Type())
	}
	all.buffers = [][]byte{written(keys, width)}
	all.dictionary = concat(dictionaries)
	return all
}

// distinct are the bytes of all values, by which equal ones are known; nil for types that are not told apart by bytes.
func (a *Array) distinct() [][]byte {
	bytes := make([][]byte, a.length)
	layout := layoutOf(a.field.Format)
	switch {
	case a.dictionary != nil:
		return nil
	case slices.Contains(texts, a.field.Format), slices.Contains(binaries, a.field.Format):
		pieces(a, a.length, func(i int, piece []byte) { bytes[i] = piece })
	case layout.width > 0:
		for i := range bytes {
			bytes[i] = a.buffers[0][i*layout.width : (i+1)*layout.width]
		}
	default:
		return nil
	}
	return bytes
}

// concatListViews puts lists together whose items lie anywhere, with the part of the items that they lie in.
func concatListViews(all *Array, arrays []*Array) {
	width := 4
	if all.field.Format == "+vL" {
		width = 8
	}
	var offsets, sizes []int
	var items []*Array
	before := 0
	for _, a := range arrays {
		its := integers(a.buffers[0], width, a.length)
		begin, end := a.children[0].length, 0
		for i, size := range integers(a.buffers[1], width, a.length) {
			if a.IsNull(i) {
				size = 0
			}
			if size > 0 {
				begin, end = min(begin, its[i]), max(end, its[i]+size)
			}
			sizes = append(sizes, size)
		}
		begin = min(begin, end)
		for _, offset := range its {
			if sizes[len(offsets)] == 0 {
				// It can point anywhere.
				offset = begin
			}
			offsets = append(offsets, before+offset-begin)
		}
		items = append(items, a.children[0].slice(begin, end))
		before += end - begin
	}
	if width == 4 {
		refuseBeyond(before, 1<<31-1, all.field)
	}
	all.buffers = [][]byte{written(offsets, width), written(sizes, width)}
	all.children = []*Array{concat(items)}
}

// idsOf are the type ids of unions.
func idsOf(arrays []*Array) []byte {
	var ids []byte
	for _, a := range arrays {
		ids = append(ids, a.buffers[0][:a.length]...)
	}
	return ids
}

// concatUnions puts dense unions together, with the part of each child that they refer to.
func concatUnions(all *Array, arrays []*Array) {
	var child [256]int
	for i, id := range strings.Split(all.field.Format[len("+ud:"):], ",") {
		number, _ := strconv.Atoi(id)
		child[uint8(number)] = i
	}
	offsets := make([]int, 0, all.length)
	parts := make([][]*Array, len(all.field.Children))
	before := make([]int, len(parts))
	for _, a := range arrays {
		ids, its := a.buffers[0], integers(a.buffers[1], 4, a.length)
		begins, ends := make([]int, len(parts)), make([]int, len(parts))
		for i, offset := range its {
			of := child[ids[i]]
			if ends[of] == 0 {
				begins[of] = offset
			}
			begins[of], ends[of] = min(begins[of], offset), max(ends[of], offset+1)
		}
		for i, offset := range its {
			of := child[ids[i]]
			offsets = append(offsets, before[of]+offset-begins[of])
		}
		for of := range parts {
			parts[of] = append(parts[of], a.children[of].slice(begins[of], ends[of]))
			before[of] += ends[of] - begins[of]
		}
	}
	all.buffers = [][]byte{idsOf(arrays), written(offsets, 4)}
	for _, of := range parts {
		all.children = append(all.children, concat(of))
	}
}

// concatRuns puts runs together.
func concatRuns(all *Array, arrays []*Array) {
	var ends []int
	var runs []*Array
	before := 0
	for _, a := range arrays {
		for _, end := range a.ends() {
			ends = append(ends, before+end)
		}
		runs = append(runs, a.children[1])
		before += a.length
	}
	all.children = []*Array{endsOf(all.field, ends), concat(runs)}
}

// ends are the rows behind each run.
func (a *Array) ends() []int {
	ends := a.children[0]
	return integers(ends.buffers[0], layoutOf(ends.field.Format).width, ends.length)
}

// endsOf makes the ends of the runs of a column.
func endsOf(column Field, ends []int) *Array {
	field := column.Children[0]
	width := layoutOf(field.Format).width
	if width < 8 && len(ends) > 0 {
		refuseBeyond(ends[len(ends)-1], 1<<(8*width-1)-1, column)
	}
	return &Array{field: field, length: len(ends), buffers: [][]byte{written(ends, width)}}
}

func refuseBeyond(count, most int, column Field) {
	if count > most {
		fail("the column %s has %d values together, and %s can not count beyond %d: cast it", column.Name, count,
			column.Type(), most)
	}
}

// integers reads whole numbers, none of which is negative.
func integers(bytes []byte, width, n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		for b := range width {
			numbers[i] |= int(bytes[i*width+b]) << (8 * b)
		}
	}
	return numbers
}

// written are whole numbers of a width.
func written(numbers []int, width int) []byte {
	bytes := make([]byte, len(numbers)*width)
	for i, number := range numbers {
		for b := range width {
			bytes[i*width+b] = byte(number >> (8 * b))
		}
	}
	return bytes
}
