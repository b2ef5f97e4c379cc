// Package bench has the functions that benchmarks call in a component, and in a program of this machine.
package bench

import (
	"strings"

	"arrowbox"
)

func init() {
	arrowbox.Scalar1("add_one", AddOne, arrowbox.Doc("One more."))
	arrowbox.Scalar2("gcd", GCD, arrowbox.Doc("The greatest common divisor of two numbers."))
	arrowbox.Scalar1("upper", Upper, arrowbox.Doc("Upper case."))
}

// AddOne is one more.
func AddOne(x int64) int64 { return x + 1 }

// GCD is the greatest common divisor of two numbers.
func GCD(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	if a < 0 {
		return -a
	}
	return a
}

// Upper is text in upper case.
func Upper(text string) string { return strings.ToUpper(text) }
