// Package geometricmean has the geometric mean: an aggregate whose state is a product.
package geometricmean

import (
	"math"

	"arrowbox"
)

func init() {
	arrowbox.Aggregate1("geometric_mean", (*Product).Update, (*Product).Merge, (*Product).Mean,
		arrowbox.Doc("The geometric mean: the n-th root of the product of n numbers.\n\n"+
			"Zero if one of them is zero; not a number if one is negative, infinite or not a number itself. Null if "+
			"there are none.")).
		Initial(func(options *arrowbox.Options) (func() Product, error) { return One, options.Only() }).
		Retract((*Product).Retract)
}

// Where a significand is brought back to the middle of what a float can hold.
const large, small = 0x1p512, 0x1p-512

// Product is that of the positive numbers: Significand times two to the power of Exponent. It neither overflows nor
// vanishes, and takes one rounding for each number, where sums of logarithms take more.
type Product struct {
	Significand float64
	Exponent    int64
	Positive    uint64
	// Counted, since a product can not be divided by them again.
	Zero, Other uint64
}

// One is the product of no numbers.
func One() Product { return Product{Significand: 1} }

// split gives a significand from one to two and an exponent of two.
func split(number float64) (float64, int64) {
	significand, exponent := math.Frexp(number)
	return significand * 2, int64(exponent) - 1
}

// Update multiplies by a number.
func (p *Product) Update(value float64) {
	switch {
	case value > 0 && value <= math.MaxFloat64:
		significand, exponent := split(value)
		p.Significand *= significand
		p.Exponent += exponent
		p.Positive++
		if p.Significand > large {
			p.normalise()
		}
	case value == 0:
		p.Zero++
	default:
		p.Other++
	}
}

// Retract divides by a number.
func (p *Product) Retract(value float64) {
	switch {
	case value > 0 && value <= math.MaxFloat64:
		significand, exponent := split(value)
		p.Significand /= significand
		p.Exponent -= exponent
		p.Positive--
		if p.Significand < small {
			p.normalise()
		}
	case value == 0:
		p.Zero--
	default:
		p.Other--
	}
}

// Merge multiplies by another product.
func (p *Product) Merge(other *Product) {
	p.normalise()
	other.normalise()
	p.Significand *= other.Significand
	p.Exponent += other.Exponent
	p.Positive += other.Positive
	p.Zero += other.Zero
	p.Other += other.Other
}

// Mean is the root of the product.
func (p *Product) Mean() arrowbox.Option[float64] {
	switch {
	case p.Other > 0:
		return arrowbox.Some(math.NaN())
	case p.Zero > 0:
		return arrowbox.Some(0.0)
	case p.Positive == 0:
		return arrowbox.None[float64]()
	}
	// Whole powers of two are split off, which is exact; what is left for the logarithm is less than two.
	significand, exponent := split(p.Significand)
	exponent += p.Exponent
	n := int64(p.Positive)
	whole, rest := exponent/n, exponent%n
	if rest < 0 {
		whole, rest = whole-1, rest+n
	}
	root := math.Exp2((math.Log2(significand) + float64(rest)) / float64(n))
	return arrowbox.Some(math.Ldexp(root, int(whole)))
}

func (p *Product) normalise() {
	significand, exponent := split(p.Significand)
	p.Significand = significand
	p.Exponent += exponent
}
