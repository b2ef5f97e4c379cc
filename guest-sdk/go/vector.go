package arrowbox

// vectorOf registers a function of whole columns.
func vectorOf(name string, arguments []codec, result codec, settings []Setting, open func(*Options) func(*call) *Array) {
	f := scalarOf(name, arguments, result, settings, open)
	inner := f.open
	f.open = func(o *opening) any {
		opened := inner(o).(*scalar)
		// The function can keep what it saw.
		opened.private = false
		invoke := opened.invoke
		opened.invoke = func(c *call) *Array {
			for i, column := range c.columns {
				c.columns[i] = column.spread(c.rows)
			}
			return invoke(c)
		}
		return opened
	}
}

// gave refuses results of another number of rows than came.
func (c *call) gave(name string, results int) {
	if results != c.rows {
		fail("%s was given %d rows and gave %d values", name, c.rows, results)
	}
}

// ScalarN registers a function of any number of arguments of one type.
func ScalarN[A, R any](name string, f func(...A) R, settings ...Setting) {
	arguments := []codec{must[A](name, "the arguments")}
	result := must[R](name, "the result")
	registered := scalarOf(name, arguments, result, settings, func(options *Options) func(*call) *Array {
		check(options.Only())
		var columns []column[A]
		var out room[R]
		return func(c *call) *Array {
			all := make([][]A, len(c.columns))
			for i, a := range c.columns {
				if i == len(columns) {
					columns = append(columns, column[A]{codec: arguments[0]})
				}
				all[i] = columns[i].of(a, c.rows)
			}
			results := out.of(c.rows)
			values := make([]A, len(all))
			for i := range results {
				c.row = i
				if c.valid != nil && !bit(c.valid, i) {
					continue
				}
				for k := range values {
					values[k] = all[k][i]
				}
				results[i] = f(values...)
			}
			return stored(result, results)
		}
	})
	registered.variadic = true
}

// Arrays registers a function of arrays of any types. The arguments are declared as Arrow writes them, or as "*" for any
// type, and result says of what type the result is where those are.
func Arrays(name string, arguments []string, result func([]Field) (Field, error),
	f func(rows int, arguments []*Array) (*Array, error), settings ...Setting) {
	declared := make([]Field, len(arguments))
	for i, format := range arguments {
		declared[i] = Field{Name: string(rune('a' + i)), Format: format, Nullable: true}
	}
	registered := &function{name: name, kind: scalarKind, arguments: declared, called: true}
	registered.open = func(o *opening) any {
		check(o.options.Only())
		field, err := result(o.fields)
		check(err)
		field = field.named(name)
		field.Nullable = true
		return &scalar{fields: o.fields, result: field, invoke: func(c *call) *Array {
			for i, column := range c.columns {
				c.columns[i] = column.spread(c.rows)
			}
			a, err := f(c.rows, c.columns)
			check(err)
			c.gave(name, a.length)
			if !field.sameLayout(a.field) {
				fail("%s said that it gives %s, and gave %s", name, field.Type(), a.field.Type())
			}
			return a
		}}
	}
	register(registered, settings)
}
