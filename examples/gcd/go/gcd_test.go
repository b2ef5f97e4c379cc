package gcd

import (
	"math"
	"testing"
)

func TestDivisors(t *testing.T) {
	for _, one := range []struct{ a, b, expected int64 }{
		{12, 18, 6}, {18, 12, 6}, {7, 13, 1}, {0, 5, 5}, {0, 0, 0}, {-12, 18, 6}, {-12, -18, 6},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64}, {math.MinInt64, 2, 2}, {math.MinInt64, math.MinInt64, math.MinInt64},
	} {
		if found := GCD(one.a, one.b); found != one.expected {
			t.Errorf("gcd(%d, %d) is %d, not %d", one.a, one.b, found, one.expected)
		}
	}
}
