package arrowbox

import "iter"

// Comparison is what a filter does with a column and a value.
type Comparison uint8

// How a column and a value compare.
const (
	Equal Comparison = iota
	NotEqual
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	IsNull
	IsNotNull
)

// Filter is `column comparison value`.
type Filter struct {
	Column     string
	Comparison Comparison
	// One value, of the column's type.
	Value *Array
}

// Exactness is how much of a filter a reader does itself.
type Exactness uint8

const (
	// Exact readers return only rows that pass the filter.
	Exact Exactness = iota
	// Inexact readers leave out some rows that do not pass; the engine filters again.
	Inexact
	// Unsupported filters are not looked at.
	Unsupported
)

// Range is a part of a file, in bytes.
type Range struct {
	Path           string
	Offset, Length int64
}

// Split is a part of the table that can be read by itself, on any host.
type Split struct {
	// What is needed to find it again.
	Token []byte
	// The part of a file that it begins in. No two splits of a plan begin in the same part.
	Range *Range
	// About how many rows it has; negative if that is not known.
	Rows int64
}

// Request is what a query wants of a table.
type Request struct {
	// The columns that are wanted, by name. All others can be left empty.
	Columns []string
	// Those that the reader does not call unsupported.
	Filters []Filter
	// So many rows in all are enough; negative if all are wanted.
	Limit int64

	projection []int
}

// Wants tells whether a column is wanted.
func (r *Request) Wants(column string) bool {
	for _, name := range r.Columns {
		if name == column {
			return true
		}
	}
	return false
}

// TableReader makes a table of the files at the locations of the table. R has its columns.
//
// A reader that is a Planner cuts the files into splits, and otherwise each file is one. A reader that is a Filterer
// looks at filters.
type TableReader[R any] interface {
	Read(split Split, request *Request) iter.Seq2[R, error]
}

// Planner cuts a table into parts that are read by themselves.
type Planner interface {
	Plan(request *Request) ([]Split, error)
}

// Filterer says what a reader does with a filter.
type Filterer interface {
	Exactness(filter Filter) Exactness
}

// Reader registers a reader, which is made with the options of a table.
func Reader[R any](name string, open func(*Options) (TableReader[R], error), settings ...Setting) {
	row := rowsCodec[R](name)
	f := &function{name: name, kind: readerKind, called: true, anything: true}
	f.open = func(o *opening) any { return &tableReading[R]{name, row, opened(open, o.options)} }
	register(f, settings)
}

// tableReading is a reader at one place in a query.
type tableReading[R any] struct {
	name  string
	row   codec
	table TableReader[R]
}

func (r *tableReading[R]) resultFields() []Field { return rowFields(r.row, r.name) }

func (r *tableReading[R]) exactness(filters []Filter) []Exactness {
	all := make([]Exactness, len(filters))
	filterer, ok := r.table.(Filterer)
	for i, filter := range filters {
		all[i] = Unsupported
		if ok {
			all[i] = filterer.Exactness(filter)
		}
	}
	return all
}

func (r *tableReading[R]) plan(request *Request) []Split {
	if planner, ok := r.table.(Planner); ok {
		splits, err := planner.Plan(request)
		check(err)
		return splits
	}
	files, err := Files()
	check(err)
	splits := make([]Split, len(files))
	for i, file := range files {
		splits[i] = Split{Range: &Range{file.Path, 0, file.Size}, Rows: -1}
	}
	return splits
}

func (r *tableReading[R]) read(split Split, request *Request) *producer {
	p := &producer{result: r.resultFields()}
	p.run(func(yield func(given) bool) {
		row := -1
		defer relocate(&row)
		left := request.Limit
		out := rowsOut[R]{codec: r.row, yield: func(batch given) bool {
			columns := make([]*Array, len(request.projection))
			for i, place := range request.projection {
				columns[i] = batch.columns[place]
			}
			return yield(given{batch.rows, columns})
		}}
		if left != 0 {
			for row, err := range r.table.Read(split, request) {
				check(err)
				if !out.add(0, row) {
					return
				}
				if left--; left == 0 {
					break
				}
			}
		}
		out.flush()
	})
	return p
}
