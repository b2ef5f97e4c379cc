package arrowbox

// Batch has the rows of some columns.
type Batch struct {
	rows    int
	columns []*Array
	// Of a group: where its rows begin in all of those that came with it.
	from  int
	whole *Batch
	// Columns as Go values, by name.
	seen map[string]any
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.rows }

// Columns are all columns. Those of a group are copied.
func (b *Batch) Columns() []*Array {
	if b.whole == nil {
		return b.columns
	}
	columns := make([]*Array, len(b.columns))
	for i := range columns {
		columns[i] = b.part(i)
	}
	return columns
}

func (b *Batch) part(i int) *Array {
	if b.whole == nil {
		return b.columns[i]
	}
	return b.columns[i].take(each(b.from, b.from+b.rows))
}

// Fields say what the columns are.
func (b *Batch) Fields() []Field {
	fields := make([]Field, len(b.columns))
	for i, column := range b.columns {
		fields[i] = column.field
	}
	return fields
}

// Column is the one of that name.
func (b *Batch) Column(name string) (*Array, error) {
	for i, column := range b.columns {
		if column.field.Name == name {
			return b.part(i), nil
		}
	}
	return nil, Errorf("there is no column %s: there are %s", name, namesOf(b.Fields()))
}

// ColumnOf is the column of that name as Go values.
func ColumnOf[T any](b interface{ batch() *Batch }, name string) (Column[T], error) {
	part := b.batch()
	all := part
	if part.whole != nil {
		all = part.whole
	}
	column, ok := all.seen[name].(Column[T])
	if !ok {
		array, err := all.Column(name)
		if err != nil {
			return Column[T]{}, err
		}
		if column, err = Values[T](array); err != nil {
			return Column[T]{}, err
		}
		if all.seen == nil {
			all.seen = map[string]any{}
		}
		all.seen[name] = column
	}
	column.Values = column.Values[part.from : part.from+part.rows : part.from+part.rows]
	column.first = part.from
	return column, nil
}

func (b *Batch) batch() *Batch { return b }

// NewBatch makes a batch of columns of one length.
func NewBatch(rows int, columns ...*Array) (*Batch, error) {
	for _, column := range columns {
		if column.length != rows {
			return nil, Errorf("the column %s has %d values in a batch of %d rows", column.field.Name, column.length, rows)
		}
	}
	return &Batch{rows: rows, columns: columns}, nil
}

// Rows are the rows of a batch as structs, whose fields are found by name.
func Rows[T any](of interface{ batch() *Batch }) ([]T, error) {
	b := of.batch()
	c, err := codecOf[T]()
	if err != nil {
		return nil, err
	}
	row, ok := c.(structs)
	if !ok {
		return nil, Errorf("rows are structs, and not %s", c.field().Type())
	}
	parts := &Array{field: row.field(), length: b.rows}
	for i, name := range row.names {
		column, err := b.Column(name)
		if err != nil {
			return nil, err
		}
		wanted := argument(row.fields[i], "")
		if !wanted.accepts(column.field) {
			return nil, Errorf("the column %s is %s, and not %s", name, column.field.Type(), wanted.Type())
		}
		parts.children = append(parts.children, column)
	}
	if b.rows == 0 {
		return nil, nil
	}
	rows, _ := loaded[T](c, parts, nil)
	return rows, nil
}

func namesOf(fields []Field) string {
	names := ""
	for i, field := range fields {
		if i > 0 {
			names += ", "
		}
		names += field.Name
	}
	return names
}

// rowsCodec is the codec of the rows that a function gives: structs, or values of one column.
func rowsCodec[R any](name string) codec { return must[R](name, "the rows") }

// columnsOf are the fields of rows. What is no struct is a column of its own, with the name of the function.
func rowFields(c codec, name string) []Field {
	if row, ok := c.(structs); ok {
		return row.columns()
	}
	return []Field{c.field().named(name)}
}

// rowColumns are the columns of rows.
func rowColumns[R any](c codec, rows []R) []*Array {
	if row, ok := c.(structs); ok {
		a := stored(row, rows)
		return a.children
	}
	return []*Array{stored(c, rows)}
}

// batchOf is a batch whose constants stand for every row.
func batchOf(rows int, columns []*Array) *Batch {
	for i, column := range columns {
		columns[i] = column.spread(rows)
	}
	return &Batch{rows: rows, columns: columns}
}

// rowsOf are rows of the columns that rowColumns makes.
func rowsOf[R any](c codec, columns []*Array, rows int) []R {
	a := columns[0]
	if row, ok := c.(structs); ok {
		a = &Array{field: row.field(), length: rows, children: columns}
	}
	values, _ := loaded[R](c, a, nil)
	return values
}
