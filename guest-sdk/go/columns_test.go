package arrowbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// columnLike is an array of any layout.
func columnLike(format string, length int, buffers [][]byte, children ...*Array) *Array {
	a := &Array{field: Field{Name: "v", Format: format, Nullable: true}, length: length, buffers: buffers, children: children}
	for _, child := range children {
		a.field.Children = append(a.field.Children, child.field)
	}
	return a
}

// dictionaryOf has the keys and the values.
func dictionaryOf(format string, keys []int, values *Array) *Array {
	a := columnLike(format, len(keys), [][]byte{written(keys, layoutOf(format).width)})
	a.field.Dictionary, a.dictionary = &values.field, values
	return a
}

func words(from, to int) *Array {
	var words []string
	for i := from; i < to; i++ {
		words = append(words, fmt.Sprint("w", i))
	}
	return array(words...)
}

// without makes values null.
func without(a *Array, places ...int) *Array {
	masked := *a
	masked.nulls, masked.validity = len(places), bitmapOf(a.length)
	for i := range a.length {
		if !slices.Contains(places, i) {
			setBit(masked.validity, i)
		}
	}
	return &masked
}

// shown is what a value is, however it is laid out.
func shown(a *Array, i int) string {
	items := func(child *Array, from, to int) string {
		var all []string
		for item := from; item < to; item++ {
			all = append(all, shown(child, item))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	format := a.field.Format
	switch {
	case a.IsNull(i):
		return "null"
	case a.dictionary != nil:
		return shown(a.dictionary, a.key(i))
	case format == "b":
		return fmt.Sprint(bit(a.buffers[0], i))
	case a.distinct() != nil:
		return fmt.Sprintf("%q", a.distinct()[i])
	case offsetWidth(format) > 0:
		return items(a.children[0], a.offset(i), a.offset(i+1))
	case format == "+vl", format == "+vL":
		width := layoutOf(map[string]string{"+vl": "i", "+vL": "l"}[format]).width
		offset, size := integers(a.buffers[0], width, a.length)[i], integers(a.buffers[1], width, a.length)[i]
		return items(a.children[0], offset, offset+size)
	case strings.HasPrefix(format, "+w:"):
		size := int(format[3] - '0')
		return items(a.children[0], i*size, (i+1)*size)
	case format == "+s":
		var fields []string
		for _, child := range a.children {
			fields = append(fields, shown(child, i))
		}
		return fmt.Sprint(fields)
	case strings.HasPrefix(format, "+us:4,7"):
		return shown(a.children[map[byte]int{4: 0, 7: 1}[a.buffers[0][i]]], i)
	case strings.HasPrefix(format, "+ud:4,7"):
		return shown(a.children[map[byte]int{4: 0, 7: 1}[a.buffers[0][i]]], integers(a.buffers[1], 4, a.length)[i])
	case format == "+r":
		return shown(a.children[1], slices.IndexFunc(a.ends(), func(end int) bool { return end > i }))
	}
	return "a value of " + format
}

// everyLayout has three rows of every type that a table can have.
func everyLayout() []*Array {
	numbers := array[int32](1, 2, 3, 4, 5, 6)
	three := array("one", "two", "three")
	views := bytesOf([][4]uint32{{3, 0x6f77, 0, 0}, {13, 0, 1, 2}, {14, 0, 0, 0}})
	data := [][]byte{views, []byte("fourteen bytes"), []byte("? thirteen byte")}
	ids := []byte{4, 7, 4}
	ends := func(format string) *Array {
		return columnLike(format, 2, [][]byte{written([]int{1, 3}, layoutOf(format).width)})
	}
	entries := columnLike("+s", 6, nil, numbers, words(0, 6))
	all := []*Array{
		columnLike("n", 3, nil),
		array(true, false, true), array[uint8](1, 2, 3), array(1.5, 2, 3), array(DecimalOf(1), DecimalOf(2), DecimalOf(3)),
		columnLike("w:3", 3, [][]byte{[]byte("abcdefghi")}), columnLike("w:0", 3, [][]byte{nil}),
		three, array([]byte("a"), []byte{}, []byte("b")),
		columnLike("U", 3, [][]byte{bytesOf([]int64{1, 2, 2, 4}), []byte("xabc")}),
		columnLike("vu", 3, data), columnLike("vz", 3, data),
		columnLike("+l", 3, [][]byte{bytesOf([]int32{1, 3, 3, 6})}, numbers),
		columnLike("+L", 3, [][]byte{bytesOf([]int64{0, 3, 3, 6})}, words(0, 6)),
		columnLike("+m", 3, [][]byte{bytesOf([]int32{0, 1, 4, 6})}, entries),
		columnLike("+s", 3, nil, three, array(Some(int64(1)), None[int64](), Some(int64(3)))),
		columnLike("+w:2", 3, nil, numbers), columnLike("+w:0", 3, nil, emptyArray(numbers.field)),
		columnLike("+vl", 3, [][]byte{bytesOf([]int32{4, 1, 0}), bytesOf([]int32{2, 2, 0})}, numbers),
		columnLike("+vL", 3, [][]byte{bytesOf([]int64{4, 1, 900}), bytesOf([]int64{2, 4, 0})}, words(0, 6)),
		columnLike("+us:4,7", 3, [][]byte{ids}, three, array(1.5, 2, 3)),
		columnLike("+ud:4,7", 3, [][]byte{ids, bytesOf([]int32{2, 4, 0})}, three, words(0, 6)),
		columnLike("+r", 3, nil, ends("s"), array(Some("a"), None[string]())),
		columnLike("+r", 3, nil, ends("l"), array([]int64{1}, []int64{2, 3})),
	}
	for _, keys := range []string{"c", "C", "s", "S", "i", "I", "l", "L"} {
		all = append(all, dictionaryOf(keys, []int{2, 0, 2}, three))
	}
	all = append(all, dictionaryOf("c", []int{0, 1, 0}, array(true, false)), dictionaryOf("c", []int{0, 1, 0}, array(1.5, 2)),
		dictionaryOf("c", []int{0, 1, 0}, array([]int64{1}, []int64{2, 3})))
	for _, a := range all[1:] {
		a.field.Name, a.field.Nullable = "v", true
		if layoutOf(a.field.Format).validity {
			all = append(all, without(a, 1))
		}
	}
	return all
}

// pieced is what is shown of a group: all of its values.
type pieced struct{ Values []string }

func TestColumnsOfEveryTypeAreThereInGroupsThatGoOn(t *testing.T) {
	OpenGroupedMap("test_shown", func(call *Call) (func(*Group) ([]pieced, error), error) {
		return func(group *Group) ([]pieced, error) {
			column, err := group.Column("v")
			check(err)
			var all pieced
			for i := range column.length {
				all.Values = append(all.Values, shown(column, i))
			}
			return []pieced{all}, nil
		}, nil
	})
	for _, column := range everyLayout() {
		t.Run(column.field.Type(), func(t *testing.T) {
			keys := array[int64](1, 1, 2)
			keys.field.Name = "k"
			fields := []Field{keys.field, column.field}
			o := &opening{inputs: [][]Field{fields}, keys: [][]int{{0}}, options: &Options{}}
			p := find(groupedMapKind, "test_shown", nil).open(o).(*producer)
			var groups [][]string
			push := func(offsets []uint32, continued bool, columns ...*Array) {
				var w wire
				w.send(columns[0].length, columns...)
				p.pushGroups([]grouping{{columns[0].length, w.columnsOf(fields), offsets}}, continued)
				for {
					rows, columns, ok := p.next()
					if !ok {
						return
					}
					found, err := Values[[]string](columns[1])
					check(err)
					groups = append(groups, found.Values[:rows]...)
				}
			}
			defer func() {
				if thrown := recover(); thrown != nil {
					t.Error(caught(thrown, -1).Message)
				}
			}()
			push([]uint32{0, 2, 3}, true, keys, column)
			push([]uint32{0, 1, 3}, true, keys, column)
			push([]uint32{0, 0}, true, emptyArray(keys.field), emptyArray(column.field))
			push([]uint32{0, 3}, false, keys, column)
			a, b, c := shown(column, 0), shown(column, 1), shown(column, 2)
			if expected := [][]string{{a, b}, {c, a}, {b, c, a, b, c}}; fmt.Sprint(groups) != fmt.Sprint(expected) {
				t.Errorf("%q instead of %q", groups, expected)
			}
		})
	}
}

func TestDictionariesAreJoinedValueByValue(t *testing.T) {
	all := func(from, to int) (keys []int) {
		for key := from; key < to; key++ {
			keys = append(keys, key)
		}
		return keys
	}
	for _, one := range []struct {
		what        string
		left, right *Array
		values      int
	}{
		{"the same dictionary", dictionaryOf("c", all(0, 100), words(0, 100)), dictionaryOf("c", all(0, 100), words(0, 100)), 100},
		{"the highest keys", dictionaryOf("c", all(0, 100), words(0, 100)), dictionaryOf("c", all(0, 28), words(100, 128)), 128},
		{"unsigned keys", dictionaryOf("C", all(0, 200), words(0, 200)), dictionaryOf("C", all(0, 56), words(200, 256)), 256},
		{"values that are not used", dictionaryOf("c", []int{0, 99}, words(0, 100)), dictionaryOf("c", all(0, 100), words(100, 200)), 102},
		{"too many", dictionaryOf("c", all(0, 128), words(0, 128)), dictionaryOf("c", []int{0}, words(200, 201)), -1},
	} {
		t.Run(one.what, func(t *testing.T) {
			defer func() {
				thrown, _ := recover().(*Error)
				if (thrown != nil) != (one.values < 0) {
					t.Error(thrown)
				}
				if thrown != nil && thrown.Message != "the column v has 129 values in its dictionaries together, and keys of Int8 "+
					"can not tell so many apart: cast it to Utf8" {
					t.Error(thrown)
				}
			}()
			joined := concat([]*Array{one.left, one.right})
			if joined.dictionary.length != one.values {
				t.Error(joined.dictionary.length)
			}
			for i := range joined.length {
				expected := ""
				if i < one.left.length {
					expected = shown(one.left, i)
				} else {
					expected = shown(one.right, i-one.left.length)
				}
				if found := shown(joined, i); found != expected {
					t.Errorf("%s in row %d instead of %s", found, i, expected)
				}
			}
		})
	}
}

func TestGroupsThatGoOnLetGoOfWhatWasBeforeThem(t *testing.T) {
	for _, column := range everyLayout() {
		held := []*Array{column.take([]int{2})}
		for range 50 {
			held = []*Array{concat([]*Array{held[0], column}).take([]int{3})}
		}
		var w wire
		w.send(1, held...)
		bytes := 0
		for _, buffer := range w.buffers {
			bytes += len(buffer)
		}
		if bytes > 400 || len(w.buffers) > 12 {
			t.Errorf("a row of %s has %d bytes in %d buffers", column.field.Type(), bytes, len(w.buffers))
		}
	}
}
