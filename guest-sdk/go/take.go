package arrowbox

import (
	"slices"
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
	case layout.width > 0, strings.HasPrefix(format, "w:"):
		taken.buffers = append([][]byte{pick(a.buffers[0], places, layout.width)}, a.buffers[1:]...)
	case format == "+s", strings.HasPrefix(format, "+us:"):
		if len(a.buffers) > 0 {
			taken.buffers = [][]byte{pick(a.buffers[0], places, 1)}
		}
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
		taken.buffers = [][]byte{pick(a.buffers[0], places, width), pick(a.buffers[1], places, width)}
		taken.children = a.children
	case strings.HasPrefix(format, "+ud:"):
		taken.buffers = [][]byte{pick(a.buffers[0], places, 1), pick(a.buffers[1], places, 4)}
		taken.children = a.children
	case format == "+r":
		a.takeRuns(taken, places)
	default:
		fail("the column %s is %s, and rows of such a column can not be picked out: cast it", a.field.Name, format)
	}
	return taken
}

// pick takes values of one width.
func pick(values []byte, places []int, width int) []byte {
	picked := make([]byte, len(places)*width)
	for i, place := range places {
		copy(picked[i*width:], values[place*width:(place+1)*width])
	}
	return picked
}

// takeRuns takes rows of runs. Rows of one run that come one after the other are a run.
func (a *Array) takeRuns(taken *Array, places []int) {
	all := a.ends()
	var ends, runs []int
	for i, place := range places {
		run, _ := slices.BinarySearch(all, place+1)
		if last := len(runs) - 1; last >= 0 && runs[last] == run {
			ends[last] = i + 1
		} else {
			ends, runs = append(ends, i+1), append(runs, run)
		}
	}
	taken.children = []*Array{endsOf(a.field, ends), a.children[1].take(runs)}
}

// takeLists takes text, binary, lists and maps: what has offsets.
func (a *Array) takeLists(taken *Array, places []int) {
	offsets := make([]int, len(places)+1)
	var data []byte
	var items []int
	for i, place := range places {
		begin, end := a.offset(place), a.offset(place+1)
		if a.IsNull(place) {
			// What it hides is left out.
			end = begin
		}
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

// slice takes the values of a range.
func (a *Array) slice(from, to int) *Array {
	if from == 0 && to == a.length {
		return a
	}
	return a.take(each(from, to))
}

// each gives the places of a range.
func each(from, to int) []int {
	places := make([]int, to-from)
	for i := range places {
		places[i] = from + i
	}
	return places
}
