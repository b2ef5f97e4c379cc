package arrowbox

//go:generate go run ./internal/arity

// scalar is a scalar function at one place in a query.
type scalar struct {
	fields []Field
	codecs []codec
	result Field
	invoke func(c *call) *Array
	// What came was not shown to the function but by value, so that its memory can be used again.
	private bool
}

// call is one batch of arguments.
type call struct {
	rows    int
	columns []*Array
	// Of the arguments that the function must not see nulls of; nil if none of them is null.
	valid []byte
	// The row that is computed.
	row int
}

// callOf joins what is null.
func callOf(rows int, columns []*Array, codecs []codec) *call {
	c := &call{rows: rows, columns: columns, row: -1}
	for i, column := range columns {
		if column.nulls == 0 || len(codecs) == 0 || codecs[min(i, len(codecs)-1)].field().Nullable {
			continue
		}
		switch {
		case column.length != rows:
			c.valid = bitmapOf(rows)
		case c.valid == nil:
			c.valid = append([]byte(nil), column.validity[:(rows+7)/8]...)
		default:
			for i := range c.valid {
				c.valid[i] &= column.validity[i]
			}
		}
	}
	return c
}

// finish makes null what was not computed.
func (c *call) finish(a *Array) *Array {
	if c.valid == nil {
		return a
	}
	if a.nulls == 0 {
		a.validity = c.valid
	} else {
		for i := range a.validity {
			a.validity[i] &= c.valid[i]
		}
	}
	a.nulls = c.rows - countOnes(a.validity, c.rows)
	return a
}

// scalarOf registers a function whose loop is made anew for each place in a query.
func scalarOf(name string, arguments []codec, result codec, settings []Setting, open func(*Options) func(*call) *Array) *function {
	f := &function{
		name: name, kind: scalarKind, arguments: named(arguments), result: []Field{result.field().named(name)},
		called: anyNullable(arguments),
	}
	f.result[0].Nullable = true
	f.open = func(o *opening) any {
		loop := open(o.options)
		return &scalar{fields: o.fields, codecs: arguments, result: f.result[0], private: arePrivate(arguments), invoke: func(c *call) *Array {
			return c.finish(loop(c))
		}}
	}
	register(f, settings)
	return f
}

// arePrivate tells whether a function of rows sees values alone, and no memory that the host wrote.
func arePrivate(codecs []codec) bool {
	for _, c := range codecs {
		if option, ok := c.(options); ok {
			c = option.inner
		}
		if _, truth := c.(booleans); !truth && !liesAsInGo(c) {
			return false
		}
	}
	return true
}

// column has the arguments of all rows, in memory that is used again for the next batch.
type column[T any] struct {
	codec  codec
	buffer []T
}

func (c *column[T]) of(a *Array, rows int) []T {
	values, used := loaded(c.codec, a, c.buffer)
	c.buffer = used
	if len(values) == rows {
		return values
	}
	// A constant.
	if cap(c.buffer) < rows {
		c.buffer = make([]T, rows)
	}
	all := c.buffer[:rows]
	if rows > 0 {
		all[0] = values[0]
		for filled := 1; filled < rows; filled *= 2 {
			copy(all[filled:], all[:filled])
		}
	}
	return all
}

// room has place for the results of all rows. They stay until the host comes again, and so does this.
type room[T any] struct{ values []T }

func (r *room[T]) of(rows int) []T {
	if cap(r.values) < rows {
		r.values = make([]T, rows)
	}
	return r.values[:rows]
}

// plain is for functions without options.
func plain[F any](f F) func(*Options) (F, error) {
	return func(options *Options) (F, error) { return f, options.Only() }
}

func opened[F any](open func(*Options) (F, error), options *Options) F {
	f, err := open(options)
	check(err)
	return f
}

// Column has the values of a column. Where one is null, its value is of no account.
type Column[T any] struct {
	Values   []T
	validity []byte
	// Where the values begin in the bitmap.
	first int
}

// Len is the number of values.
func (c Column[T]) Len() int { return len(c.Values) }

// IsNull tells whether the value at a place is null.
func (c Column[T]) IsNull(i int) bool { return c.validity != nil && !bit(c.validity, c.first+i) }

// HasNulls tells whether any value is null.
func (c Column[T]) HasNulls() bool { return c.validity != nil }

// Values sees an array as a column of Go values: where it lies, if it lies there as in Go.
func Values[T any](a *Array) (Column[T], error) {
	c, err := codecOf[T]()
	if err != nil {
		return Column[T]{}, err
	}
	if !argument(c, "").accepts(a.field) {
		return Column[T]{}, Errorf("the column %s is %s, and not %s", a.field.Name, a.field.Type(), argument(c, "").Type())
	}
	return columnOf[T](c, a), nil
}

func columnOf[T any](c codec, a *Array) Column[T] {
	values, _ := loaded[T](c, a, nil)
	column := Column[T]{Values: values}
	if a.nulls > 0 {
		column.validity = a.validity
	}
	return column
}

// ArrayOf makes an array of Go values; those of an Option can be null.
func ArrayOf[T any](values []T) (*Array, error) {
	c, err := codecOf[T]()
	if err != nil {
		return nil, err
	}
	return stored(c, values), nil
}
