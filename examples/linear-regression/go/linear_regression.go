// Package linearregression has lines through the points of groups: a function of all rows of a key.
package linearregression

import "arrowbox"

func init() {
	arrowbox.OpenGroupedMap("linear_regression", open, arrowbox.Doc(
		"The line through the points of each group, by ordinary least squares: `slope`, `intercept`, `r2` and `n`.\n\n"+
			"The points are the columns `x` and `y`, or those whose names stand behind the function, of type double. Where "+
			"one of the two is null there is no point. `slope`, `intercept` and `r2` are null where no line is the best, and "+
			"`r2` where all y are equal."))
}

// Fit is what is known of the points of a group.
type Fit struct {
	// How much y grows with one of x.
	Slope arrowbox.Option[float64]
	// y where x is zero.
	Intercept arrowbox.Option[float64]
	// Which part of the variance of y the line explains.
	R2 arrowbox.Option[float64]
	// How many points there are.
	N uint64
}

func open(call *arrowbox.Call) (func(*arrowbox.Group) ([]Fit, error), error) {
	x, y := "x", "y"
	switch n := len(call.Arguments.Columns()); n {
	case 0:
	case 2:
		var err error
		if x, err = arrowbox.Argument[string](call, 0); err != nil {
			return nil, err
		}
		if y, err = arrowbox.Argument[string](call, 1); err != nil {
			return nil, err
		}
	default:
		return nil, arrowbox.Errorf("linear_regression takes the names of two columns or none, and not %d arguments", n)
	}
	return func(group *arrowbox.Group) ([]Fit, error) {
		xs, err := arrowbox.ColumnOf[float64](group, x)
		if err != nil {
			return nil, err
		}
		ys, err := arrowbox.ColumnOf[float64](group, y)
		if err != nil {
			return nil, err
		}
		if !xs.HasNulls() && !ys.HasNulls() {
			return []Fit{Line(xs.Values, ys.Values)}, nil
		}
		var keptX, keptY []float64
		for i := range xs.Len() {
			if !xs.IsNull(i) && !ys.IsNull(i) {
				keptX, keptY = append(keptX, xs.Values[i]), append(keptY, ys.Values[i])
			}
		}
		return []Fit{Line(keptX, keptY)}, nil
	}, call.Options.Only()
}

// Line is the one with the smallest sum of squared vertical distances to points, of which there are as many x as y.
func Line(x, y []float64) Fit {
	fit := Fit{N: uint64(len(x))}
	if len(x) < 2 {
		return fit
	}
	// Squares of the distances from the mean, taken in a second pass, do not cancel as sums of squares do.
	meanX, meanY := mean(x), mean(y)
	var xx, xy, yy float64
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xx += dx * dx
		xy += dx * dy
		yy += dy * dy
	}
	if xx == 0 {
		return fit
	}
	slope := xy / xx
	fit.Slope, fit.Intercept = arrowbox.Some(slope), arrowbox.Some(meanY-slope*meanX)
	if yy > 0 {
		// Rounding can take a part of a whole above it.
		fit.R2 = arrowbox.Some(min(1, slope*(xy/yy)))
	}
	return fit
}

// mean is exact where all numbers are equal.
func mean(numbers []float64) float64 {
	first, sum := numbers[0], 0.0
	for _, number := range numbers {
		sum += number - first
	}
	return first + sum/float64(len(numbers))
}
