package arrowbox

import "iter"

// tableOf registers a table function. rows gives what is made of a row of arguments.
func tableOf[R any](name string, codecs []codec, settings []Setting,
	open func(*Options) func(c *call) func(i int) iter.Seq[R]) {
	row := rowsCodec[R](name)
	f := &function{
		name: name, kind: tableKind, arguments: named(codecs), result: rowFields(row, name), called: anyNullable(codecs),
	}
	f.open = func(o *opening) any {
		rows := open(o.options)
		p := &producer{fields: o.fields, result: f.result, next: nothing}
		p.push = func(n int, columns []*Array) {
			c := callOf(n, columns, codecs)
			of := rows(c)
			p.run(func(yield func(given) bool) {
				defer relocate(&c.row)
				out := rowsOut[R]{codec: row, places: owners, yield: yield}
				for i := range n {
					if c.valid != nil && !bit(c.valid, i) {
						continue
					}
					c.row = i
					for row := range of(i) {
						if !out.add(uint32(i), row) {
							return
						}
					}
				}
				out.flush()
			})
		}
		return p
	}
	register(f, settings)
}

// owners says which row of the arguments each row belongs to.
func owners(from []uint32) []*Array {
	return []*Array{{field: Field{Name: "row", Format: "I"}, length: len(from), buffers: [][]byte{bytesOf(from)}}}
}

// each row, or the end of the query with its error.
func unfailing[R any](rows iter.Seq2[R, error]) iter.Seq[R] {
	return func(yield func(R) bool) {
		for row, err := range rows {
			check(err)
			if !yield(row) {
				return
			}
		}
	}
}
