package arrowbox

import "iter"

// The most rows that are given at once.
const batchRows = 8192

// given are rows that a producer gives at once.
type given struct {
	rows    int
	columns []*Array
}

// run goes through batches, one for each call of next: in between, what makes them waits. What was not asked for of those
// before is not made any more.
func (p *producer) run(batches iter.Seq[given]) {
	if p.stop != nil {
		p.stop()
	}
	next, stop := iter.Pull(batches)
	p.stop = stop
	p.next = func() (int, []*Array, bool) {
		batch, ok := next()
		return batch.rows, batch.columns, ok
	}
}

// nothing is there yet.
func nothing() (int, []*Array, bool) { return 0, nil, false }

// rowsOut collects rows, and hands them on when there are enough.
type rowsOut[R any] struct {
	codec codec
	rows  []R
	// Where each row comes from.
	from []uint32
	// Makes columns of that; nil if nobody wants to know.
	places func(from []uint32) []*Array
	yield  func(given) bool
	ended  bool
}

func (o *rowsOut[R]) add(from uint32, row R) bool {
	o.rows = append(o.rows, row)
	if o.places != nil {
		o.from = append(o.from, from)
	}
	if len(o.rows) == batchRows {
		return o.flush()
	}
	return true
}

func (o *rowsOut[R]) flush() bool {
	if len(o.rows) == 0 || o.ended {
		return !o.ended
	}
	var columns []*Array
	if o.places != nil {
		columns = o.places(o.from)
	}
	columns = append(columns, rowColumns(o.codec, o.rows)...)
	rows := len(o.rows)
	// What was handed on stays as it is until the next call.
	o.rows, o.from = nil, nil
	o.ended = !o.yield(given{rows, columns})
	return !o.ended
}
