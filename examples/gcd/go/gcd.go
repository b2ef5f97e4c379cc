// Package gcd has the greatest common divisor: the smallest function that is worth a sandbox.
package gcd

import "arrowbox"

func init() {
	arrowbox.Scalar2("gcd", GCD, arrowbox.Doc("The greatest common divisor of two numbers, by Euclid.\n\n"+
		"It is not negative, but where it would be 2⁶³: that wraps around."))
}

// GCD is the greatest common divisor of two numbers, by Euclid.
func GCD(a, b int64) int64 {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	return int64(x)
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}
