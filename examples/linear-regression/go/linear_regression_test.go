package linearregression

import (
	"testing"

	"arrowbox"
)

func TestLines(t *testing.T) {
	none := arrowbox.None[float64]()
	for _, one := range []struct {
		x, y     []float64
		expected Fit
	}{
		{nil, nil, Fit{none, none, none, 0}},
		{[]float64{1}, []float64{2}, Fit{none, none, none, 1}},
		{[]float64{0, 1, 2}, []float64{1, 3, 5}, Fit{arrowbox.Some(2.0), arrowbox.Some(1.0), arrowbox.Some(1.0), 3}},
		{[]float64{1, 1}, []float64{2, 3}, Fit{none, none, none, 2}},
		{[]float64{1, 2}, []float64{3, 3}, Fit{arrowbox.Some(0.0), arrowbox.Some(3.0), none, 2}},
	} {
		if found := Line(one.x, one.y); found != one.expected {
			t.Errorf("%v %v: %v", one.x, one.y, found)
		}
	}
}
