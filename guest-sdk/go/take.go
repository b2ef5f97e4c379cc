package arrowbox

import (
	"strconv"
	"strings"
)

// take makes an array of the values at some places, which can repeat.
func (a *Array) take(places []int) *Array {
	taken := &Array{field: a.field, length: len(places), dictionary: a.dictionary}
	if a.nulls > 0 && a.field.Format != "n" {
		taken.validity = bitmapOf(len(places))
		for i, place := range places {
			if bit(a.validity, place) {
				setBit(taken.validity, i)
			} else {
				taken.nulls++
			}
		}
	}
	format := a.field.Format
	layout := layoutOf(format)
	switch {
	case format == "n":
		taken.nulls = len(places)
	case format == "b":
		values := bitmapOf(len(places))
		for i, place := range places {
			if bit(a.buffers[0], place) {
				setBit(values, i)
			}
		}
		taken.buffers = [][]byte{values}
	case layout.width > 0:
		values := make([]byte, len(places)*layout.width)
		for i, place := range places {
			copy(values[i*layout.width:], a.buffers[0][place*layout.width:(place+1)*layout.width])
		}
		taken.buffers = append([][]byte{values}, a.buffers[1:]...)
	case format == "+s":
		for _, child := range a.children {
			taken.children = append(taken.children, child.take(places))
		}
	case strings.HasPrefix(format, "+w:"):
		size, _ := strconv.Atoi(format[3:])
		var items []int
		for _, place := range places {
			for i := range size {
				items = append(items, place*size+i)
			}
		}
		taken.children = []*Array{a.children[0].take(items)}
	case offsetWidth(format) > 0:
		a.takeLists(taken, places)
	case format == "+vl" || format == "+vL":
		width := 4
		if format == "+vL" {
			width = 8
		}
		for _, buffer := range a.buffers {
			values := make([]byte, len(places)*width)
			for i, place := range places {
				copy(values[i*width:], buffer[place*width:(place+1)*width])
			}
			taken.buffers = append(taken.buffers, values)
		}
		taken.children = a.children
	default:
		fail("rows of %s can not be picked out", a.field.Type())
	}
	return taken
}

// takeLists takes text, binary, lists and maps: what has offsets.
func (a *Array) takeLists(taken *Array, places []int) {
	offsets := make([]int, len(places)+1)
	var data []byte
	var items []int
	for i, place := range places {
		begin, end := a.offset(place), a.offset(place+1)
		if len(a.children) > 0 {
			for item := begin; item < end; item++ {
				items = append(items, item)
			}
		} else if begin < end {
			data = append(data, a.buffers[1][begin:end]...)
		}
		offsets[i+1] = offsets[i] + end - begin
	}
	if offsetWidth(a.field.Format) == 4 {
		taken.buffers = [][]byte{bytesOf(narrow(offsets))}
	} else {
		taken.buffers = [][]byte{bytesOf(offsets)}
	}
	if len(a.children) > 0 {
		taken.children = []*Array{a.children[0].take(items)}
	} else {
		taken.buffers = append(taken.buffers, data)
	}
}

func narrow(offsets []int) []int32 {
	narrowed := make([]int32, len(offsets))
	for i, offset := range offsets {
		if offset > 1<<31-1 {
			fail("a result has more than 2 GiB in one column")
		}
		narrowed[i] = int32(offset)
	}
	return narrowed
}

// spread makes a constant as many values as there are rows.
func (a *Array) spread(rows int) *Array {
	if a.length == rows {
		return a
	}
	return a.take(make([]int, rows))
}

// each gives the places of a range.
func each(from, to int) []int {
	places := make([]int, to-from)
	for i := range places {
		places[i] = from + i
	}
	return places
}
