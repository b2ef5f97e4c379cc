// Package ewma has smoothed series: a window function that goes from row to row.
package ewma

import "arrowbox"

func init() {
	arrowbox.Window2("ewma", (*Mean).Next, arrowbox.Doc("The exponentially weighted moving average: each value counts "+
		"`1 - alpha` times as much as the one after it.\n\n`alpha` is above 0 and not above 1. The average begins with the "+
		"first value; where a value is null it stays as it is. Null before the first value."))
}

// Mean is the average up to a row.
type Mean struct{ now arrowbox.Option[float64] }

// Next gives the average up to the next row.
func (m *Mean) Next(value arrowbox.Option[float64], alpha float64) arrowbox.Option[float64] {
	if !(alpha > 0 && alpha <= 1) {
		panic(arrowbox.Errorf("alpha is %v: it has to be above 0 and not above 1", alpha))
	}
	switch {
	case !m.now.Valid:
		m.now = value
	case value.Valid:
		m.now.Value = alpha*value.Value + (1-alpha)*m.now.Value
	}
	return m.now
}
