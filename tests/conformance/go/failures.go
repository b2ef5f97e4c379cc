package conformance

import (
	"errors"

	"arrowbox"
)

func deep(x int64) int64 { return 1 + deep(x+1) }

// Every way to go wrong.
func init() {
	arrowbox.TryScalar1("said_no", func(x int64) (int64, error) {
		if x == 3 {
			return 0, errors.New("three is too much")
		}
		return x, nil
	})
	arrowbox.Scalar1("breaks", func(x int64) int64 {
		if x == 3 {
			panic("three is too much")
		}
		return x
	})
	arrowbox.Scalar1("asserts", func(x int64) int64 {
		four := [4]int64{0, 1, 2, 3}
		return four[:3][x%4]
	})
	arrowbox.Scalar1("deep", deep)
	arrowbox.Scalar1("hoards", func(x int64) int64 {
		for all := [][]byte{}; ; {
			all = append(all, make([]byte, 1<<20))
		}
	})
	arrowbox.Scalar1("spins", func(x int64) int64 {
		for {
			x++
		}
	})
	arrowbox.Arrays("wrong_type", []string{"l"}, sameAsFirst,
		func(rows int, _ []*arrowbox.Array) (*arrowbox.Array, error) {
			return arrowbox.ArrayOf(make([]string, rows))
		})
	arrowbox.Vector1("wrong_length", func(x arrowbox.Column[int64]) ([]int64, error) { return x.Values[:1], nil })
}
