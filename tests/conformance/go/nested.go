package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"arrowbox"
)

type pair struct {
	Number arrowbox.Option[int64]
	Text   arrowbox.Option[string]
}

type item struct {
	Number arrowbox.Option[int64]
	Tags   arrowbox.Option[[]arrowbox.Option[string]]
}

func shown[T any](value arrowbox.Option[T]) string {
	if !value.Valid {
		return "-"
	}
	return fmt.Sprint(value.Value)
}

func joined[T any](values []T, by string, show func(T) string) string {
	var text strings.Builder
	for i, value := range values {
		if i > 0 {
			text.WriteString(by)
		}
		text.WriteString(show(value))
	}
	return text.String()
}

// made gives nothing for a negative number.
func made[T any](name string, value func(int64) T) {
	arrowbox.Scalar1(name, func(n int64) arrowbox.Option[T] {
		if n < 0 {
			return arrowbox.None[T]()
		}
		return arrowbox.Some(value(n))
	})
}

// Lists, structs and maps, to text, and made of numbers.
func init() {
	arrowbox.Scalar1("list_text", func(values []arrowbox.Option[int64]) string { return joined(values, ",", shown) })
	made("number_list", func(n int64) []arrowbox.Option[int64] {
		items := []arrowbox.Option[int64]{}
		for i := range n % 5 {
			items = append(items, arrowbox.Option[int64]{Value: i, Valid: i != 2})
		}
		return items
	})
	arrowbox.Scalar1("struct_text", func(value pair) string { return shown(value.Number) + ":" + shown(value.Text) })
	made("number_struct", func(n int64) pair {
		return pair{
			arrowbox.Option[int64]{Value: n, Valid: n%3 != 0},
			arrowbox.Option[string]{Value: fmt.Sprintf("n%d", n), Valid: n%5 != 0},
		}
	})
	arrowbox.Scalar1("map_text", func(value map[string]arrowbox.Option[int64]) string {
		return joined(slices.Sorted(maps.Keys(value)), ",", func(key string) string { return key + "=" + shown(value[key]) })
	})
	made("number_map", func(n int64) map[string]arrowbox.Option[int64] {
		entries := map[string]arrowbox.Option[int64]{}
		for i := range n % 4 {
			entries["abc"[i:i+1]] = arrowbox.Option[int64]{Value: i, Valid: i != 1}
		}
		return entries
	})
	arrowbox.Scalar1("nested_text", func(items []arrowbox.Option[item]) string {
		return joined(items, ",", func(value arrowbox.Option[item]) string {
			if !value.Valid {
				return "-"
			}
			tags := "-"
			if value.Value.Tags.Valid {
				tags = joined(value.Value.Tags.Value, "/", shown)
			}
			return shown(value.Value.Number) + "[" + tags + "]"
		})
	})
	made("number_nested", func(n int64) []arrowbox.Option[item] {
		items := []arrowbox.Option[item]{}
		for i := range n % 3 {
			tags := []arrowbox.Option[string]{}
			for tag := range i {
				tags = append(tags, arrowbox.Some(fmt.Sprintf("t%d", tag)))
			}
			items = append(items, arrowbox.Some(item{arrowbox.Some(i), arrowbox.Some(tags)}))
		}
		return items
	})
}
