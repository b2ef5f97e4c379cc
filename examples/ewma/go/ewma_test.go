package ewma

import (
	"slices"
	"testing"

	"arrowbox"
)

func TestAverages(t *testing.T) {
	var mean Mean
	var found []arrowbox.Option[float64]
	for _, value := range []arrowbox.Option[float64]{{}, arrowbox.Some(1.0), {}, arrowbox.Some(2.0), arrowbox.Some(4.5)} {
		found = append(found, mean.Next(value, 0.5))
	}
	expected := []arrowbox.Option[float64]{{}, arrowbox.Some(1.0), arrowbox.Some(1.0), arrowbox.Some(1.5), arrowbox.Some(3.0)}
	if !slices.Equal(found, expected) {
		t.Error(found)
	}
}

func TestAnAlphaOutOfItsRangeIsAnError(t *testing.T) {
	defer func() {
		if err, ok := recover().(*arrowbox.Error); !ok || err.Message != "alpha is 0: it has to be above 0 and not above 1" {
			t.Error(err)
		}
	}()
	new(Mean).Next(arrowbox.Some(1.0), 0)
}
