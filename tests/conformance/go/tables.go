package conformance

import (
	"iter"
	"strings"

	"arrowbox"
)

type piece struct {
	Place int64
	Piece string
}

// Table functions.
func init() {
	arrowbox.TryTable2("series", func(first, last int64) iter.Seq2[int64, error] {
		return func(yield func(int64, error) bool) {
			if err := refuse(first); err != nil {
				yield(0, err)
				return
			}
			for next := first; next <= last && yield(next, nil); next++ {
			}
		}
	})
	arrowbox.Table2("pieces", func(text, by string) iter.Seq[piece] {
		return func(yield func(piece) bool) {
			for place, part := range strings.Split(text, by) {
				if !yield(piece{int64(place), part}) {
					return
				}
			}
		}
	})
	arrowbox.Table1("count_from", func(first int64) iter.Seq[int64] {
		return func(yield func(int64) bool) {
			for next := first; yield(next); next++ {
			}
		}
	})
}
