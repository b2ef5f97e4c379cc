package arrowbox

// node is the length and the null count of an array, as they cross.
type node struct{ length, nulls uint64 }

// wire is a batch as it crosses.
type wire struct {
	rows     uint64
	nodes    []node
	buffers  [][]byte
	variadic []uint64
}

// reading goes through a wire.
type reading struct {
	wire
}

func (r *reading) node() node {
	if len(r.nodes) == 0 {
		fail("a batch ends before its arrays do")
	}
	first := r.nodes[0]
	r.nodes = r.nodes[1:]
	return first
}

func (r *reading) buffer() []byte {
	if len(r.buffers) == 0 {
		fail("a batch ends before its buffers do")
	}
	first := r.buffers[0]
	r.buffers = r.buffers[1:]
	return first
}

func (r *reading) array(field Field) *Array {
	layout := layoutOf(field.Format)
	node := r.node()
	a := &Array{field: field, length: int(node.length), nulls: int(node.nulls)}
	if layout.validity {
		a.validity = r.buffer()
		if len(a.validity) == 0 {
			a.nulls = 0
		} else if len(a.validity) < (a.length+7)/8 {
			fail("a bitmap of %d bytes is too short for %d values", len(a.validity), a.length)
		}
	}
	for range layout.buffers {
		a.buffers = append(a.buffers, r.buffer())
	}
	if layout.views {
		if len(r.variadic) == 0 {
			fail("a batch does not say how many buffers its views have")
		}
		count := r.variadic[0]
		r.variadic = r.variadic[1:]
		for range count {
			a.buffers = append(a.buffers, r.buffer())
		}
	}
	if field.Dictionary != nil {
		a.dictionary = r.array(*field.Dictionary)
		if a.dictionary.nulls > 0 {
			a.seeNulls()
		}
		return a
	}
	for _, child := range field.Children {
		a.children = append(a.children, r.array(child))
	}
	return a
}

// seeNulls makes null what is null in the dictionary: whoever asks looks at the keys alone.
func (a *Array) seeNulls() {
	validity, nulls := bitmapOf(a.length), 0
	for i := range a.length {
		if a.IsNull(i) || a.dictionary.IsNull(a.key(i)) {
			nulls++
		} else {
			setBit(validity, i)
		}
	}
	a.validity, a.nulls = validity, nulls
}

// columnsOf are the arrays of a batch. Those of one value where the batch has other rows are constants.
func (w wire) columnsOf(fields []Field) []*Array {
	r := reading{w}
	columns := make([]*Array, len(fields))
	for i, field := range fields {
		columns[i] = r.array(field)
		if length := columns[i].length; length != int(w.rows) && length != 1 {
			fail("a column of %d values came in a batch of %d rows", length, w.rows)
		}
	}
	return columns
}

func (w *wire) add(a *Array) {
	layout := layoutOf(a.field.Format)
	w.nodes = append(w.nodes, node{uint64(a.length), uint64(a.nulls)})
	if layout.validity {
		if a.nulls > 0 {
			w.buffers = append(w.buffers, a.validity)
		} else {
			w.buffers = append(w.buffers, nil)
		}
	}
	w.buffers = append(w.buffers, a.buffers...)
	if layout.views {
		w.variadic = append(w.variadic, uint64(len(a.buffers)-1))
	}
	if a.dictionary != nil {
		w.add(a.dictionary)
		return
	}
	for _, child := range a.children {
		w.add(child)
	}
}

// send writes columns down. It reuses what w has.
func (w *wire) send(rows int, columns ...*Array) {
	w.rows = uint64(rows)
	w.nodes, w.buffers, w.variadic = w.nodes[:0], w.buffers[:0], w.variadic[:0]
	for _, column := range columns {
		w.add(column)
	}
}
