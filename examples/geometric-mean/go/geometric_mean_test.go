package geometricmean

import (
	"math"
	"testing"
)

func mean(numbers ...float64) (float64, bool) {
	product := One()
	for _, number := range numbers {
		product.Update(number)
	}
	found := product.Mean()
	return found.Value, found.Valid
}

func close(a, b float64) bool { return math.Abs(a-b) <= 1e-14*math.Abs(b) }

func TestMeans(t *testing.T) {
	many := make([]float64, 1000)
	for i := range many {
		many[i] = 1.7e308
	}
	for _, one := range []struct {
		numbers  []float64
		expected float64
	}{
		{[]float64{5}, 5}, {[]float64{2, 8}, 4}, {[]float64{1, 3, 9}, 3}, {[]float64{0.5, 2}, 1}, {many, 1.7e308},
		{[]float64{7, 0}, 0}, {[]float64{5e-324, 5e-324}, 5e-324},
	} {
		if found, ok := mean(one.numbers...); !ok || !close(found, one.expected) {
			t.Errorf("%v has %v", one.numbers, found)
		}
	}
	if _, ok := mean(); ok {
		t.Error("nothing has a mean")
	}
	for _, number := range []float64{-1, math.Inf(1), math.Inf(-1), math.NaN()} {
		if found, _ := mean(1, 0, number); !math.IsNaN(found) {
			t.Errorf("%v has %v", number, found)
		}
	}
}

func TestWhatIsTakenOutOrMergedIsAsIfItHadNeverBeenApart(t *testing.T) {
	numbers := []float64{1.5, 1e-300, 2e300, 7, 5e-324, 0.1, 1.7e308, 0}
	expected, _ := mean(numbers[:4]...)
	for cut := range numbers[:5] {
		left, right := One(), One()
		for i, number := range numbers[:4] {
			if i < cut {
				left.Update(number)
			} else {
				right.Update(number)
			}
		}
		for _, number := range numbers[4:] {
			right.Update(number)
		}
		for _, number := range numbers[4:] {
			right.Retract(number)
		}
		left.Merge(&right)
		if found := left.Mean(); !close(found.Value, expected) {
			t.Errorf("cut at %d: %v, not %v", cut, found.Value, expected)
		}
	}
}
