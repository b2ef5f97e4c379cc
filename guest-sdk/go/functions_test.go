package arrowbox

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// there takes values to an array and back.
func there[T any](t *testing.T, values ...T) {
	t.Helper()
	array, err := ArrayOf(values)
	if err != nil {
		t.Fatal(err)
	}
	// Over the wire, where only buffers go.
	var w wire
	w.send(len(values), array)
	back, err := Values[T](w.columnsOf([]Field{array.field})[0])
	if err != nil {
		t.Fatal(err)
	}
	// A slice of nothing and no slice are the same list.
	if fmt.Sprint(back.Values) != fmt.Sprint(values) {
		t.Errorf("%v came back as %v", values, back.Values)
	}
	if len(values) < 2 {
		return
	}
	turned := array.take([]int{len(values) - 1, 0})
	again, _ := Values[T](concat([]*Array{turned, turned}))
	last, first := values[len(values)-1], values[0]
	if fmt.Sprint(again.Values) != fmt.Sprint([]T{last, first, last, first}) {
		t.Errorf("%v and %v came back as %v", last, first, again.Values)
	}
}

type inner struct {
	Name  string
	Parts []Option[int64]
}

type outer struct {
	ID    int64
	Inner inner
	At    time.Time
	Maybe Option[inner]
	Flags []bool
}

func TestValuesComeBackAsTheyWent(t *testing.T) {
	there[int64](t, 1, -2, 3)
	there[uint8](t, 1, 255)
	there[int](t, 5)
	there(t, 1.5, -0.25)
	there[float32](t, 1.5)
	there(t, true, false, true)
	there(t, "", "zürich", "a longer text than others")
	there(t, []byte{1}, []byte{2, 3})
	there(t, Some(int64(1)), None[int64](), Some(int64(3)))
	there(t, Some("a"), None[string]())
	there(t, []string{"a", "b"}, []string{"c"})
	there(t, [][]int64{{1}, {2, 3}}, [][]int64{{4}})
	there(t, map[string]int64{"a": 1}, map[string]int64{"b": 2, "c": 3})
	there(t, time.Unix(1700000000, 0).UTC(), time.Unix(-5, 1000).UTC())
	there(t, time.Second, -time.Millisecond)
	there[Date](t, 0, -1)
	there[Timestamp](t, 0, -1)
	there(t, DecimalOf(3), DecimalOf(-7))
	there(t, outer{1, inner{"x", []Option[int64]{Some(int64(1)), None[int64]()}}, time.Unix(9, 0).UTC(), None[inner](), []bool{true}},
		outer{2, inner{"", []Option[int64]{Some(int64(2))}}, time.Unix(10, 0).UTC(), Some(inner{"y", []Option[int64]{None[int64]()}}), []bool{}})
}

type keyed struct {
	Number int32
	Name   string
}

// ordered takes a map to an array and gives its keys in the order in which they lie there.
func ordered[K comparable](t *testing.T, keys ...K) {
	t.Helper()
	of := map[K]int64{}
	for i, key := range keys {
		of[key] = int64(i)
	}
	entries := array(of).children[0]
	found, err := Values[K](entries.children[0])
	check(err)
	if fmt.Sprint(found.Values) != fmt.Sprint(keys) {
		t.Errorf("%v came as %v", keys, found.Values)
	}
	// Each with what is its own.
	if values, _ := Values[int64](entries.children[1]); !slices.IsSorted(values.Values) {
		t.Error(values.Values)
	}
}

func TestEntriesOfMapsAreInTheOrderOfTheirKeys(t *testing.T) {
	ordered[int64](t, -1, 9, 10)
	ordered[uint8](t, 9, 10, 200)
	ordered(t, math.NaN(), -1.5, 9, 10)
	ordered(t, "10", "9")
	ordered(t, false, true)
	ordered(t, DecimalOf(-10), DecimalOf(-9), DecimalOf(0), DecimalOf(9), DecimalOf(10))
	ordered(t, time.Date(900, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0).UTC(), time.Unix(0, 1000).UTC(), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	ordered[Timestamp](t, -10, -9, 9, 10)
	ordered(t, keyed{9, "b"}, keyed{10, "a"}, keyed{10, "b"})
}

func TestTypesWithoutAPlaceInArrowAreRefused(t *testing.T) {
	for _, one := range []struct {
		of   reflect.Type
		said string
	}{
		{reflect.TypeFor[*int64](), "arrowbox.Option[int64]"},
		{reflect.TypeFor[chan int](), "chan int has no type in Arrow"},
		{reflect.TypeFor[[]func()](), "func() has no type in Arrow"},
		{reflect.TypeFor[Option[Option[int64]]](), "an Option of an Option"},
		{reflect.TypeFor[struct{ a int }](), "no exported field"},
		{reflect.TypeFor[complex128](), "complex128"},
	} {
		if _, err := codecFor(one.of); err == nil || !strings.Contains(err.Error(), one.said) {
			t.Errorf("%s: %v", one.of, err)
		}
	}
}

func TestFieldsAreNamedAsInSQL(t *testing.T) {
	for name, expected := range map[string]string{"X": "x", "GroupCount": "group_count", "ID": "id", "HTTPStatus": "http_status", "R2": "r2"} {
		if found := sqlName(name); found != expected {
			t.Errorf("%s is %s", name, found)
		}
	}
}

// invoke calls a scalar function as the host does.
func invoke(t *testing.T, name string, rows int, arguments ...*Array) (result *Array, failed *Error) {
	t.Helper()
	fields := make([]Field, len(arguments))
	for i, argument := range arguments {
		fields[i] = argument.field
	}
	c := &call{row: -1}
	defer func() {
		if thrown := recover(); thrown != nil {
			failed = caught(thrown, c.row)
		}
	}()
	s := find(scalarKind, name, fields).open(&opening{fields: fields, options: &Options{}}).(*scalar)
	c = callOf(rows, arguments, s.codecs)
	return s.invoke(c), nil
}

func array[T any](values ...T) *Array {
	a, err := ArrayOf(values)
	check(err)
	return a
}

func init() {
	Scalar2("test_sum", func(a, b int64) int64 { return a + b })
	Scalar1("test_count", func(a Option[string]) int64 { return int64(len(a.Value)) })
	TryScalar1("test_refuses", func(a int64) (int64, error) { return 0, errors.New("no") })
	Scalar1("test_length", func(a string) int64 { return int64(len(a)) })
	Scalar1("test_panics", func(a int64) int64 { return []int64{0}[a] })
}

func TestNullsAndConstants(t *testing.T) {
	sums, err := invoke(t, "test_sum", 3, array(Some(int64(1)), None[int64](), Some(int64(3))), array(int64(10)))
	if err != nil {
		t.Fatal(err)
	}
	values, _ := Values[Option[int64]](sums)
	if !slices.Equal(values.Values, []Option[int64]{Some(int64(11)), {Value: 0}, Some(int64(13))}) {
		t.Error(values.Values)
	}
	counts, _ := invoke(t, "test_count", 2, array(Some("four"), None[string]()))
	if found, _ := Values[int64](counts); !slices.Equal(found.Values, []int64{4, 0}) {
		t.Error(found.Values)
	}
}

func TestNullsOfDictionariesAreNulls(t *testing.T) {
	sent := without(dictionaryOf("c", []int{0, 1, 1, 0}, without(words(0, 2), 1)), 3)
	var w wire
	w.send(4, sent)
	came := w.columnsOf([]Field{sent.field})[0]
	if came.NullCount() != 3 || came.IsNull(0) || !came.IsNull(1) || !came.IsNull(2) || !came.IsNull(3) {
		t.Error(came.NullCount(), came.validity)
	}
	lengths, err := invoke(t, "test_length", 4, came)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := Values[Option[int64]](lengths)
	if !slices.Equal(values.Values, []Option[int64]{Some(int64(2)), {}, {}, {}}) {
		t.Error(values.Values)
	}
	seen, _ := Values[Option[string]](came)
	if found := seen.Values; !found[0].Valid || found[1].Valid || found[2].Valid || found[3].Valid {
		t.Error(found)
	}
}

type point struct{ X int64 }

type route struct {
	Name   Option[string]
	Points []point
}

func TestOnlyNullsThatAreSeenAreRefused(t *testing.T) {
	numbers := func(nulls ...int) *Array { return without(array[int64](1, 2, 3).Named("x"), nulls...) }
	points := func(x *Array, nulls ...int) *Array { return without(columnLike("+s", x.length, nil, x), nulls...) }
	list := func(offsets []int32, items *Array, nulls ...int) *Array {
		return without(columnLike("+l", len(offsets)-1, [][]byte{bytesOf(offsets)}, items), nulls...)
	}
	entries := func(values *Array) *Array {
		return columnLike("+s", 3, nil, array("a", "b", "c").Named("key"), values.Named("value"))
	}
	mapped := func(values *Array, nulls ...int) *Array {
		return without(columnLike("+m", 2, [][]byte{bytesOf([]int32{0, 1, 3})}, entries(values)), nulls...)
	}
	paths := func(points *Array, nulls ...int) *Array {
		return without(columnLike("+s", 2, nil, array("p", "q").Named("name"), points.Named("points")), nulls...)
	}
	one := []int32{0, 1, 3}
	for _, column := range []struct {
		of       *Array
		seen     func(*Array) (string, error)
		expected string
	}{
		{points(numbers()), all[point], "[{1} {2} {3}]"},
		{points(numbers(1), 1), all[point], "[{1} {0} {3}]"},
		{points(numbers(1, 2), 1), all[point], "the field x has a null"},
		{points(numbers(2), 1), all[point], "the field x has a null"},
		{points(numbers(1)), all[point], "the field x has a null"},
		{points(numbers(2), 1), all[Option[point]], "the field x has a null"},
		{points(numbers(2), 1), all[struct{ X Option[int64] }], "[{{1 true}} {{0 false}} {{3 false}}]"},
		{list(one, numbers(1), 1), all[[]int64], "[[1] []]"},
		{list(one, numbers(2), 1), all[Option[[]int64]], "[{[1] true} {[] false}]"},
		{list(one, numbers(1)), all[[]int64], "a list of v has a null"},
		{list(one, numbers(0), 1), all[[]int64], "a list of v has a null"},
		{list([]int32{1, 1, 2}, numbers(0, 2)), all[[]int64], "[[] [2]]"},
		{mapped(numbers(1, 2), 1), all[map[string]int64], "[map[a:1] map[]]"},
		{mapped(numbers(1, 2)), all[map[string]int64], "a map has a null"},
		{list(one, points(numbers(2)), 1), all[[]point], "[[{1}] []]"},
		{list(one, points(numbers(2))), all[[]point], "the field x has a null"},
		{paths(list(one, points(numbers(2))), 1), all[route], "[{{p true} [{1}]} {{ false} []}]"},
		{paths(list(one, points(numbers(2))), 0), all[route], "the field x has a null"},
	} {
		var w wire
		w.send(column.of.length, column.of)
		found, err := column.seen(w.columnsOf([]Field{column.of.field})[0])
		if err != nil {
			found = err.Error()
		}
		if !strings.HasPrefix(found, column.expected) {
			t.Errorf("%s instead of %s", found, column.expected)
		}
	}
}

// all is what a column shows as Go values, and zero where it is null.
func all[T any](a *Array) (seen string, err error) {
	defer func() {
		if thrown, ok := recover().(*Error); ok {
			err = thrown
		}
	}()
	column, err := Values[T](a)
	for i := range column.Values {
		if _, option := any(column.Values[i]).(optional); column.IsNull(i) && !option {
			column.Values[i] = *new(T)
		}
	}
	return fmt.Sprint(column.Values), err
}

func TestAColumnCanHaveAnotherName(t *testing.T) {
	x := array(int64(1), int64(2)).Named("x")
	batch, err := NewBatch(2, x, x.Named("y"))
	check(err)
	for _, name := range []string{"x", "y"} {
		if found, err := ColumnOf[int64](batch, name); err != nil || !slices.Equal(found.Values, []int64{1, 2}) {
			t.Error(name, found.Values, err)
		}
	}
}

func TestErrorsSayTheRowAndTheLine(t *testing.T) {
	_, err := invoke(t, "test_refuses", 2, array(Some(int64(1)), Some(int64(2))))
	if err == nil || err.Message != "no" || err.Row != 0 {
		t.Error(err)
	}
	_, err = invoke(t, "test_panics", 2, array(int64(0), int64(7)))
	if err == nil || err.Row != 1 || !strings.Contains(err.Message, "index out of range [7] with length 1 (functions_test.go:") {
		t.Error(err)
	}
	_, err = invoke(t, "test_nothing", 1, array("x"))
	if err == nil || err.Message != "no such scalar function: test_nothing" {
		t.Error(err)
	}
	_, err = invoke(t, "test_sum", 1, array("x"))
	if err == nil || err.Message != "test_sum has no signature for (Utf8)" {
		t.Error(err)
	}
}

func TestWordsThatAreNotUTF8AreSaidAllTheSame(t *testing.T) {
	for _, thrown := range []any{Errorf("%s!", []byte{0xff}), errors.New("\xff!"), "\xff!", &located{message: "\xff!"}} {
		func() {
			defer func() {
				if err := caught(recover(), 3); !strings.Contains(err.Message, "\uFFFD!") || !utf8.ValidString(err.Message) {
					t.Errorf("%q", err.Message)
				}
			}()
			panic(thrown)
		}()
	}
	to, stderr := os.Stderr, filepath.Join(t.TempDir(), "log")
	os.Stderr, _ = os.Create(stderr)
	Log(Info, "%s!", []byte{0xff})
	os.Stderr.Close()
	os.Stderr = to
	if said, _ := os.ReadFile(stderr); string(said) != "\uFFFD!\n" {
		t.Errorf("%q", said)
	}
}

func TestLinesBelongToThePartTheyBeginIn(t *testing.T) {
	text := "one\ntwo and more\r\n\nthree\nfour"
	LocalFiles = map[string][]byte{"a": []byte(text)}
	for size := int64(1); size < 30; size++ {
		splits, err := SplitLines(size)
		check(err)
		var found []string
		for _, split := range splits {
			for line, err := range split.Range.Lines() {
				check(err)
				found = append(found, string(line))
			}
		}
		if expected := []string{"one", "two and more\r", "", "three", "four"}; !slices.Equal(found, expected) {
			t.Errorf("in parts of %d bytes: %q", size, found)
		}
	}
}

func TestFilesAreCutIntoPartsOfSomeBytes(t *testing.T) {
	LocalFiles = map[string][]byte{"a": []byte("one")}
	for _, size := range []int64{0, -1} {
		for _, cut := range []func(){func() { File{"a", 3}.Split(size) }, func() { SplitLines(size) }} {
			func() {
				defer func() {
					if err, _ := recover().(*Error); err == nil || !strings.Contains(err.Message, "have no end") {
						t.Error(err)
					}
				}()
				cut()
			}()
		}
	}
}

func TestAGroupThatIsLargerThanABatchIsWhole(t *testing.T) {
	GroupedMap("test_rows", func(group *Group) ([]int64, error) { return []int64{int64(group.Len())}, nil })
	keys := array("a", "a", "b")
	keys.field.Name = "k"
	o := &opening{inputs: [][]Field{{keys.field}}, keys: [][]int{{0}}, options: &Options{}}
	p := find(groupedMapKind, "test_rows", nil).open(o).(*producer)
	collect := func() (names []string, rows []int64) {
		for {
			_, columns, ok := p.next()
			if !ok {
				return
			}
			key, _ := Values[string](columns[0])
			count, _ := Values[int64](columns[1])
			names, rows = append(names, key.Values...), append(rows, count.Values...)
		}
	}
	p.pushGroups([]grouping{{3, []*Array{keys}, []uint32{0, 2, 3}}}, true)
	if names, rows := collect(); !slices.Equal(names, []string{"a"}) || !slices.Equal(rows, []int64{2}) {
		t.Error(names, rows)
	}
	more := keys.take([]int{2, 2, 0})
	p.pushGroups([]grouping{{2, []*Array{keys.take([]int{2, 2})}, []uint32{0, 2}}}, true)
	p.pushGroups([]grouping{{3, []*Array{more}, []uint32{0, 2, 3}}}, false)
	if names, rows := collect(); !slices.Equal(names, []string{"b", "a"}) || !slices.Equal(rows, []int64{5, 1}) {
		t.Error(names, rows)
	}
}

func TestAnArgumentThatIsNullIsAnOption(t *testing.T) {
	call := &Call{Arguments: &Batch{rows: 1, columns: []*Array{array(None[int64]()), array(Some(int64(3)))}}}
	if _, err := Argument[int64](call, 0); err == nil || err.Error() != "argument 0 (counted from zero) is null" {
		t.Error(err)
	}
	if found, err := Argument[int64](call, 1); err != nil || found != 3 {
		t.Error(found, err)
	}
	if found, err := Argument[Option[int64]](call, 0); err != nil || found.Valid {
		t.Error(found, err)
	}
}

func TestAKeyCanBeNullInOneTableOnly(t *testing.T) {
	CogroupedMap("test_sizes", func(left, right *Group) ([]int64, error) {
		return []int64{int64(left.Len() + right.Len())}, nil
	})
	never, can := array[int64](7), array(None[int64]())
	for _, tables := range [][2]*Array{{never, can}, {can, never}} {
		inputs := [][]Field{{tables[0].field}, {tables[1].field}}
		o := &opening{inputs: inputs, keys: [][]int{{0}, {0}}, options: &Options{}}
		p := find(cogroupedMapKind, "test_sizes", nil).open(o).(*producer)
		p.pushGroups([]grouping{{1, tables[:1], []uint32{0, 1, 1}}, {1, tables[1:], []uint32{0, 0, 1}}}, false)
		_, columns, _ := p.next()
		if !p.result[0].Nullable || !columns[0].field.Nullable || columns[0].nulls != 1 {
			t.Error(p.result, columns[0])
		}
	}
}

func TestRowsAreMadeWhenTheyAreWanted(t *testing.T) {
	made := 0
	Table1("test_endless", func(first int64) iter.Seq[int64] {
		return func(yield func(int64) bool) {
			for i := first; yield(i); i++ {
				made++
			}
		}
	})
	first := array(int64(3))
	o := &opening{fields: []Field{first.field}, options: &Options{}}
	p := find(tableKind, "test_endless", o.fields).open(o).(*producer)
	p.push(1, []*Array{first})
	if rows, columns, ok := p.next(); !ok || rows != batchRows || columns[1].length != rows || made >= 2*batchRows {
		t.Error(rows, ok, made)
	}
	before := runtime.NumGoroutine()
	for range 100 {
		p.push(1, []*Array{first})
		p.next()
	}
	if left := runtime.NumGoroutine() - before; left > 0 {
		t.Errorf("%d goroutines are left", left)
	}
	p.stop()
}
