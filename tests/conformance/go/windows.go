package conformance

import "arrowbox"

type running struct{ sum int64 }

func (r *running) next(value int64) int64 {
	must(refuse(value))
	r.sum += value
	return r.sum
}

// Windows.
func init() {
	arrowbox.Window1("running_total", (*running).next)
	arrowbox.Partition1("above_least", func(values numbers) ([]arrowbox.Option[int64], error) {
		least, there := int64(0), false
		for _, value := range values.Values {
			if value.Valid && (!there || value.Value < least) {
				least, there = value.Value, true
			}
		}
		above := make([]arrowbox.Option[int64], values.Len())
		for i, value := range values.Values {
			above[i] = arrowbox.Option[int64]{Value: value.Value - least, Valid: value.Valid}
		}
		return above, nil
	})
}
