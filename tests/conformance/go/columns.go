package conformance

import (
	"strings"

	"arrowbox"
)

type numbers = arrowbox.Column[arrowbox.Option[int64]]

func sameAsFirst(fields []arrowbox.Field) (arrowbox.Field, error) { return fields[0], nil }

func numberResult([]arrowbox.Field) (arrowbox.Field, error) {
	numbers, err := arrowbox.ArrayOf([]int64{})
	return numbers.Field(), err
}

// Functions of whole columns.
func init() {
	arrowbox.Vector1("add_one", func(x arrowbox.Column[int64]) ([]int64, error) {
		more := make([]int64, x.Len())
		for i, value := range x.Values {
			more[i] = value + 1
		}
		return more, nil
	})
	arrowbox.Vector2("at_most", func(x, limit numbers) ([]arrowbox.Option[int64], error) {
		least := make([]arrowbox.Option[int64], x.Len())
		for i, value := range x.Values {
			if limit := limit.Values[i]; value.Valid && limit.Valid {
				value.Value = min(value.Value, limit.Value)
			}
			least[i] = value
		}
		return least, nil
	})
	arrowbox.Vector1("initial", func(text arrowbox.Column[string]) ([]string, error) {
		initials := make([]string, text.Len())
		for i, value := range text.Values {
			for _, first := range value {
				initials[i] = strings.ToUpper(string(first))
				break
			}
		}
		return initials, nil
	})
	arrowbox.Arrays("nulls_in", []string{"*"}, numberResult,
		func(rows int, values []*arrowbox.Array) (*arrowbox.Array, error) {
			nulls := make([]int64, rows)
			for i := range nulls {
				if values[0].IsNull(i) {
					nulls[i] = 1
				}
			}
			return arrowbox.ArrayOf(nulls)
		})
	arrowbox.Arrays("same_any", []string{"*"}, sameAsFirst,
		func(rows int, values []*arrowbox.Array) (*arrowbox.Array, error) { return values[0], nil })
}
