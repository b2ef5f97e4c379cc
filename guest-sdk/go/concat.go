package arrowbox

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
		all.buffers = [][]byte{nil}
		for _, a := range arrays {
			before := uint32(len(all.buffers) - 1)
			for i := range a.length {
				view := append([]byte(nil), a.buffers[0][16*i:16*i+16]...)
				if length := valuesOf[uint32](view, 4); length[0] > 12 {
					length[2] += before
					copy(view, bytesOf(length))
				}
				all.buffers[0] = append(all.buffers[0], view...)
			}
			all.buffers = append(all.buffers, a.buffers[1:]...)
		}
	case layout.width > 0:
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
	default:
		fail("columns of %s can not be put together", first.field.Type())
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
			items = append(items, a.children[0].take(each(begin, end)))
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

// concatKeys puts the keys together, and their dictionaries.
func concatKeys(all *Array, arrays []*Array) *Array {
	var dictionaries []*Array
	width := layoutOf(all.field.Format).width
	values := make([]byte, all.length*width)
	row, before := 0, 0
	for _, a := range arrays {
		for i := range a.length {
			key := 0
			if !a.IsNull(i) {
				key = a.key(i) + before
			}
			for b := range width {
				values[row*width+b] = byte(key >> (8 * b))
			}
			row++
		}
		before += a.dictionary.length
		dictionaries = append(dictionaries, a.dictionary)
	}
	if before > 1<<(8*width-1) {
		fail("dictionaries with %d values together do not fit keys of %s", before, typeNames[all.field.Format])
	}
	all.buffers = [][]byte{values}
	all.dictionary = concat(dictionaries)
	return all
}
