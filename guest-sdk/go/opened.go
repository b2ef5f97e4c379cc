package arrowbox

// accumulator is an aggregate function at one place in a query: the states of all groups.
type accumulator interface {
	argumentFields() []Field
	argumentCodecs() []codec
	private() bool
	resultField() Field
	stateFields() []Field
	retractable() bool
	update(c *call, of groups, retract bool)
	merge(states []*Array, rows int, of groups)
	convert(c *call) []*Array
	// Those of the first n groups, which are forgotten.
	state(n int) []*Array
	// Those of the first n groups, which are forgotten unless they are kept.
	evaluate(n int, keep bool) *Array
	count() int
}

// groups says which group each row is of. A constant is the group of all rows.
type groups struct {
	count int
	ids   []uint32
}

func groupsOf(count uint64, ids *Array, rows int) groups {
	values := valuesOf[uint32](ids.buffers[0], ids.length)
	if ids.length != rows {
		values = make([]uint32, rows)
		for i := range values {
			values[i] = valuesOf[uint32](ids.buffers[0], 1)[0]
		}
	}
	for _, id := range values {
		if uint64(id) >= count {
			fail("a row is of group %d, and there are %d", id, count)
		}
	}
	return groups{int(count), values}
}

// window is a window function at one place in a query.
type window interface {
	argumentFields() []Field
	argumentCodecs() []codec
	resultField() Field
	incremental() bool
	evaluate(c *call) *Array
	push(c *call, first bool) *Array
}

// producer takes rows and gives rows, as many as there are.
type producer struct {
	// Of the rows that come; of a grouped map, of each table.
	fields []Field
	inputs [][]Field
	result []Field
	push   func(rows int, columns []*Array)
	// Of a batch map: there is no more input.
	finish func()
	// Of a grouped map.
	pushGroups func(inputs []grouping, continued bool)
	// False if there is no more for now.
	next func() (rows int, columns []*Array, ok bool)
	// Ends what still runs.
	stop func()
}

// grouping are rows of one input: those from offsets[i] to offsets[i+1] are of group i.
type grouping struct {
	rows    int
	columns []*Array
	offsets []uint32
}

// opened functions of readers and writers.
type reader interface {
	resultFields() []Field
	exactness(filters []Filter) []Exactness
	plan(request *Request) []Split
	read(split Split, request *Request) *producer
}

type writer interface {
	partition(number uint32) partition
	commit(manifests [][]byte)
}

type partition interface {
	fields() []Field
	write(batch *Batch)
	finish() []byte
}
