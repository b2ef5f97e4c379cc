// Package conformance has the reference functions.
package conformance

import (
	"slices"
	"strings"

	"arrowbox"
)

func gcd(a, b int64) int64 {
	a, b = max(a, -a), max(b, -b)
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Functions of rows.
func init() {
	arrowbox.Scalar2("gcd", gcd, arrowbox.Doc("The greatest common divisor of two numbers."))
	arrowbox.Scalar1("halved", func(x float64) float64 { return x / 2 })
	arrowbox.Scalar1("shout", func(text string) string {
		upper := func(c rune) rune {
			if c >= 'a' && c <= 'z' {
				return c - 32
			}
			return c
		}
		return strings.Map(upper, text) + "!"
	})
	arrowbox.Scalar1("turned", func(text string) string {
		characters := []rune(text)
		slices.Reverse(characters)
		return string(characters)
	})
	arrowbox.Scalar1("or_zero", func(x arrowbox.Option[int64]) int64 {
		if !x.Valid {
			return 0
		}
		return x.Value
	})
	arrowbox.Scalar1("if_positive", func(x int64) arrowbox.Option[int64] {
		return arrowbox.Option[int64]{Value: x, Valid: x > 0}
	})
	arrowbox.ScalarN("sum_all", func(values ...arrowbox.Option[int64]) int64 {
		sum := int64(0)
		for _, value := range values {
			if value.Valid {
				sum += value.Value
			}
		}
		return sum
	})
	arrowbox.Scalar1("twice", func(x int64) int64 { return 2 * x })
	arrowbox.Scalar1("twice", func(x float64) float64 { return 2 * x })
	arrowbox.Scalar1("twice", func(x string) string { return x + x })
}
