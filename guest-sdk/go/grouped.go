package arrowbox

import "slices"

// Group has all rows of one table with one key.
type Group struct {
	Batch
}

// GroupedMap registers a function from all rows of a key to rows.
func GroupedMap[R any](name string, f func(*Group) ([]R, error), settings ...Setting) {
	OpenGroupedMap(name, func(call *Call) (func(*Group) ([]R, error), error) {
		return f, call.Options.Only()
	}, settings...)
}

// OpenGroupedMap registers a function from all rows of a key to rows that is made for each place in a query.
func OpenGroupedMap[R any](name string, open func(*Call) (func(*Group) ([]R, error), error), settings ...Setting) {
	mapsGroups(name, groupedMapKind, settings, func(call *Call) func([]*Group) ([]R, error) {
		f, err := open(call)
		check(err)
		return func(groups []*Group) ([]R, error) { return f(groups[0]) }
	})
}

// CogroupedMap registers a function from all rows of a key in two tables to rows. One of them can have none.
func CogroupedMap[R any](name string, f func(left, right *Group) ([]R, error), settings ...Setting) {
	OpenCogroupedMap(name, func(call *Call) (func(left, right *Group) ([]R, error), error) {
		return f, call.Options.Only()
	}, settings...)
}

// OpenCogroupedMap registers a function of two tables that is made for each place in a query.
func OpenCogroupedMap[R any](name string, open func(*Call) (func(left, right *Group) ([]R, error), error), settings ...Setting) {
	mapsGroups(name, cogroupedMapKind, settings, func(call *Call) func([]*Group) ([]R, error) {
		f, err := open(call)
		check(err)
		return func(groups []*Group) ([]R, error) { return f(groups[0], groups[1]) }
	})
}

// input are the rows of one table that wait for the end of their group.
type input struct {
	// Pieces of a group that is not whole, each a list of columns.
	held [][]*Array
	rows int
}

// join puts what was held before what came: the first group goes on.
func (in *input) join(g grouping) grouping {
	if len(in.held) == 0 {
		return g
	}
	columns := make([]*Array, len(g.columns))
	for i := range columns {
		var pieces []*Array
		for _, piece := range in.held {
			pieces = append(pieces, piece[i])
		}
		columns[i] = concat(append(pieces, g.columns[i]))
	}
	offsets := slices.Clone(g.offsets)
	for i := range offsets[1:] {
		offsets[i+1] += uint32(in.rows)
	}
	joined := grouping{in.rows + g.rows, columns, offsets}
	*in = input{}
	return joined
}

// hold keeps the rows of the last group.
func (in *input) hold(g grouping, from int) {
	places := each(from, g.rows)
	piece := make([]*Array, len(g.columns))
	for i, column := range g.columns {
		piece[i] = column.take(places)
	}
	in.held = append(in.held, piece)
	in.rows += len(places)
}

func mapsGroups[R any](name string, kind kind, settings []Setting, open func(*Call) func([]*Group) ([]R, error)) {
	row := rowsCodec[R](name)
	f := &function{name: name, kind: kind, called: true, anything: true}
	f.arguments, f.variadic = anyArguments()
	f.open = func(o *opening) any {
		apply := open(callWith(o))
		waiting := make([]input, len(o.inputs))
		p := &producer{inputs: o.inputs, next: nothing}
		for k, place := range o.keys[0] {
			key := o.inputs[0][place]
			if len(o.inputs) == 2 {
				// What only that table can have is null in a key is so in the result.
				key.Nullable = key.Nullable || o.inputs[1][o.keys[1][k]].Nullable
			}
			p.result = append(p.result, key)
		}
		p.result = append(p.result, rowFields(row, name)...)
		p.pushGroups = func(came []grouping, continued bool) {
			whole := len(came[0].offsets) - 1
			if continued && whole == 1 {
				for i := range came {
					waiting[i].hold(came[i].spread(), 0)
				}
				p.next = nothing
				return
			}
			batches := make([]*Batch, len(came))
			groups := make([]grouping, len(came))
			for i := range came {
				groups[i] = waiting[i].join(came[i].spread())
				batches[i] = batchOf(groups[i].rows, groups[i].columns)
			}
			if continued {
				whole--
				for i, group := range groups {
					waiting[i].hold(group, int(group.offsets[whole]))
				}
			}
			p.run(func(yield func(given) bool) {
				at := -1
				defer relocate(&at)
				out := rowsOut[R]{codec: row, places: keysOf(o, p.result, groups), yield: yield}
				for i := range whole {
					parts := make([]*Group, len(groups))
					for k, group := range groups {
						from, to := int(group.offsets[i]), int(group.offsets[i+1])
						parts[k] = &Group{Batch{rows: to - from, columns: batches[k].columns, from: from, whole: batches[k]}}
					}
					rows, err := apply(parts)
					check(err)
					for _, row := range rows {
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

func (g grouping) spread() grouping {
	for i, column := range g.columns {
		g.columns[i] = column.spread(g.rows)
	}
	return g
}

// keysOf gives the columns of the keys of groups: of the first table that has rows of them.
func keysOf(o *opening, result []Field, inputs []grouping) func([]uint32) []*Array {
	return func(groups []uint32) []*Array {
		places := make([]int, len(groups))
		for i, group := range groups {
			before := 0
			for _, input := range inputs {
				if input.offsets[group] < input.offsets[group+1] {
					places[i] = before + int(input.offsets[group])
					break
				}
				before += input.rows
			}
		}
		columns := make([]*Array, len(o.keys[0]))
		for k, place := range o.keys[0] {
			keys := []*Array{inputs[0].columns[place]}
			if len(inputs) == 2 {
				keys = append(keys, inputs[1].columns[o.keys[1][k]])
			}
			columns[k] = concat(keys).take(places)
			columns[k].field = result[k]
		}
		return columns
	}
}
