package arrowbox

// Call is what a function of tables is called with.
type Call struct {
	// The columns of each table.
	Inputs [][]Field
	// What stands behind the tables in the call: one row.
	Arguments *Batch
	Options   *Options
}

func callWith(o *opening) *Call {
	return &Call{o.inputs, &Batch{rows: 1, columns: o.arguments}, o.options}
}

// Argument is what stands at a place behind the tables. If that can be null, it is an Option.
func Argument[T any](c *Call, place int) (value T, err error) {
	if place >= len(c.Arguments.columns) {
		return value, Errorf("an argument is missing: %d are there", len(c.Arguments.columns))
	}
	column, err := Values[T](c.Arguments.columns[place])
	if err != nil {
		return value, err
	}
	if _, null := any(value).(optional); !null && column.IsNull(0) {
		return value, Errorf("argument %d (counted from zero) is null", place)
	}
	return column.Values[0], nil
}

// BatchMapper makes rows of the batches of a table, and keeps what it learns.
type BatchMapper[R any] interface {
	Push(batch *Batch) ([]R, error)
	// There are no more batches.
	Finish() ([]R, error)
}

// MapBatches registers a function from each batch to rows.
func MapBatches[R any](name string, f func(*Batch) ([]R, error), settings ...Setting) {
	OpenMapBatches(name, func(call *Call) (BatchMapper[R], error) {
		return pushing[R](f), call.Options.Only()
	}, settings...)
}

type pushing[R any] func(*Batch) ([]R, error)

func (f pushing[R]) Push(batch *Batch) ([]R, error) { return f(batch) }
func (f pushing[R]) Finish() ([]R, error)           { return nil, nil }

// OpenMapBatches registers a function from batches to rows that is made for each partition of the table.
func OpenMapBatches[R any](name string, open func(*Call) (BatchMapper[R], error), settings ...Setting) {
	row := rowsCodec[R](name)
	mapsBatches(name, settings, func(call *Call) ([]Field, func(*Batch) given, func() given) {
		mapper, err := open(call)
		check(err)
		columns := func(rows []R, err error) given {
			check(err)
			return given{len(rows), rowColumns(row, rows)}
		}
		return rowFields(row, name), func(batch *Batch) given { return columns(mapper.Push(batch)) },
			func() given { return columns(mapper.Finish()) }
	})
}

// ColumnMapper makes batches of the batches of a table, whose columns are found out when it is made.
type ColumnMapper interface {
	// The columns of what it gives.
	Result() []Field
	Push(batch *Batch) (*Batch, error)
	// There are no more batches. A batch that is nil has no rows.
	Finish() (*Batch, error)
}

// OpenMapColumns registers a function from batches to batches that is made for each partition of the table.
func OpenMapColumns(name string, open func(*Call) (ColumnMapper, error), settings ...Setting) {
	mapsBatches(name, settings, func(call *Call) ([]Field, func(*Batch) given, func() given) {
		mapper, err := open(call)
		check(err)
		result := mapper.Result()
		columns := func(batch *Batch, err error) given {
			check(err)
			if batch == nil {
				return given{}
			}
			if fields := batch.Fields(); !(Field{Format: "+s", Children: result}).sameLayout(Field{Format: "+s", Children: fields}) {
				fail("%s said that it gives %s, and gave %s", name, typesOf(result), typesOf(fields))
			}
			return given{batch.rows, batch.Columns()}
		}
		return result, func(batch *Batch) given { return columns(mapper.Push(batch)) },
			func() given { return columns(mapper.Finish()) }
	})
}

func mapsBatches(name string, settings []Setting, open func(*Call) ([]Field, func(*Batch) given, func() given)) {
	f := &function{name: name, kind: mapBatchesKind, called: true, anything: true}
	f.arguments, f.variadic = anyArguments()
	f.open = func(o *opening) any {
		result, push, finish := open(callWith(o))
		p := &producer{fields: o.inputs[0], result: result, next: nothing}
		give := func(batch given) {
			p.next = func() (int, []*Array, bool) {
				p.next = nothing
				return batch.rows, batch.columns, batch.rows > 0
			}
		}
		p.push = func(rows int, columns []*Array) { give(push(batchOf(rows, columns))) }
		p.finish = func() { give(finish()) }
		return p
	}
	register(f, settings)
}

// anyArguments can stand behind a table.
func anyArguments() ([]Field, bool) {
	return []Field{{Name: "arguments", Format: "*", Nullable: true}}, true
}
