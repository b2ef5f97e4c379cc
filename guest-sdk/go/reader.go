package arrowbox

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
