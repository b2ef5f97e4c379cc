package conformance

import "arrowbox"

type product struct {
	V, Scaled arrowbox.Option[int64]
}

type scaled int64

func (by scaled) Push(rows *arrowbox.Batch) ([]product, error) {
	values, err := arrowbox.ColumnOf[arrowbox.Option[int64]](rows, "v")
	products := make([]product, values.Len())
	for i, v := range values.Values {
		products[i] = product{v, arrowbox.Option[int64]{Value: v.Value * int64(by), Valid: v.Valid}}
	}
	return products, err
}

func (scaled) Finish() ([]product, error) { return nil, nil }

type tally struct {
	Rows, Sum int64
}

func (t *tally) Push(rows *arrowbox.Batch) ([]tally, error) {
	values, err := arrowbox.ColumnOf[int64](rows, "v")
	for i, v := range values.Values {
		if values.IsNull(i) {
			continue
		}
		if err := refuse(v); err != nil {
			return nil, err
		}
		t.Sum += v
	}
	t.Rows += int64(rows.Len())
	return nil, err
}

func (t *tally) Finish() ([]tally, error) { return []tally{*t}, nil }

type span struct {
	Low, High arrowbox.Option[int64]
	Rows      int64
}

func spanOf(group *arrowbox.Group) ([]span, error) {
	values, err := arrowbox.ColumnOf[int64](group, "v")
	found := span{Rows: int64(group.Len())}
	for i, v := range values.Values {
		if values.IsNull(i) {
			continue
		}
		if err := refuse(v); err != nil {
			return nil, err
		}
		if !found.Low.Valid {
			found.Low, found.High = arrowbox.Some(v), arrowbox.Some(v)
		}
		found.Low.Value, found.High.Value = min(found.Low.Value, v), max(found.High.Value, v)
	}
	return []span{found}, err
}

// Functions from tables to tables.
func init() {
	arrowbox.OpenMapBatches("scaled", func(call *arrowbox.Call) (arrowbox.BatchMapper[product], error) {
		by, err := arrowbox.Argument[int64](call, 0)
		if err == nil {
			err = refuse(by)
		}
		return scaled(by), err
	})
	arrowbox.OpenMapBatches("tally", func(call *arrowbox.Call) (arrowbox.BatchMapper[tally], error) {
		return &tally{}, call.Options.Only()
	})
	arrowbox.GroupedMap("span_of", spanOf)
	arrowbox.CogroupedMap("surplus", func(left, right *arrowbox.Group) ([]int64, error) {
		return []int64{int64(left.Len() - right.Len())}, nil
	})
}
