package arrowbox

import (
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// A codec moves values of one Go type between arrays and Go's memory. Values lie at base, base+stride, …: so a field of
// structs is moved as a slice is, and nothing is asked of a type while rows are moved.
type codec interface {
	// field is the type, without a name.
	field() Field
	// load writes the n values of a to memory that is zero or has values of the type.
	load(a *Array, n int, base unsafe.Pointer, stride uintptr)
	// store makes an array of n values.
	store(n int, base unsafe.Pointer, stride uintptr) *Array
}

// Option is a value that can be null.
type Option[T any] struct {
	Value T
	Valid bool
}

// Some is a value that is not null.
func Some[T any](value T) Option[T] { return Option[T]{value, true} }

// None is null.
func None[T any]() Option[T] { return Option[T]{} }

func (Option[T]) isOption() {}

// Date is days since 1970-01-01.
type Date int32

// Timestamp is microseconds since 1970-01-01T00:00:00 on a clock without a zone. time.Time has UTC.
type Timestamp int64

// TimeOfDay is microseconds since midnight.
type TimeOfDay int64

// Time is the day's midnight in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// DateOf is the day of a time, in its zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Time is the same point in UTC.
func (t Timestamp) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

func codecOf[T any]() (codec, error) { return codecFor(reflect.TypeFor[T]()) }

// must gives the codec of a type that a function is registered with. Registration is at start-up, where an error of the
// author's has nobody else to go to.
func must[T any](function, what string) codec {
	codec, err := codecOf[T]()
	if err != nil {
		panic(fmt.Sprintf("arrowbox: %s: %s: %v", function, what, err))
	}
	return codec
}

type optional interface{ isOption() }

var (
	optionType   = reflect.TypeFor[optional]()
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	dateType     = reflect.TypeFor[Date]()
	stampType    = reflect.TypeFor[Timestamp]()
	dayTimeType  = reflect.TypeFor[TimeOfDay]()
	decimalType  = reflect.TypeFor[Decimal]()
)

func codecFor(t reflect.Type) (codec, error) {
	switch t {
	case timeType:
		return times{}, nil
	case durationType:
		return durations{}, nil
	case dateType:
		return fixed[int32]{"tdD"}, nil
	case stampType:
		return fixed[int64]{"tsu:"}, nil
	case dayTimeType:
		return fixed[int64]{"ttu"}, nil
	case decimalType:
		return fixed[Decimal]{"d:38,10"}, nil
	}
	if t.Implements(optionType) {
		value, _ := t.FieldByName("Value")
		valid, _ := t.FieldByName("Valid")
		inner, err := codecFor(value.Type)
		if err != nil {
			return nil, err
		}
		if inner.field().Nullable {
			return nil, fmt.Errorf("%s: an Option of an Option has no type in Arrow", t)
		}
		return options{inner, value.Offset, valid.Offset}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return booleans{}, nil
	case reflect.Int8:
		return fixed[int8]{"c"}, nil
	case reflect.Int16:
		return fixed[int16]{"s"}, nil
	case reflect.Int32:
		return fixed[int32]{"i"}, nil
	case reflect.Int64:
		return fixed[int64]{"l"}, nil
	case reflect.Int:
		if t.Size() == 8 {
			return fixed[int64]{"l"}, nil
		}
	case reflect.Uint8:
		return fixed[uint8]{"C"}, nil
	case reflect.Uint16:
		return fixed[uint16]{"S"}, nil
	case reflect.Uint32:
		return fixed[uint32]{"I"}, nil
	case reflect.Uint64:
		return fixed[uint64]{"L"}, nil
	case reflect.Uint:
		if t.Size() == 8 {
			return fixed[uint64]{"L"}, nil
		}
	case reflect.Float32:
		return fixed[float32]{"f"}, nil
	case reflect.Float64:
		return fixed[float64]{"g"}, nil
	case reflect.String:
		return texted{}, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return blobs{}, nil
		}
		items, err := codecFor(t.Elem())
		if err != nil {
			return nil, err
		}
		return lists{t, items}, nil
	case reflect.Map:
		return mapsOf(t)
	case reflect.Struct:
		return structOf(t)
	case reflect.Pointer:
		return nil, fmt.Errorf("%s has no type in Arrow: what can be null is an arrowbox.Option[%s]", t, t.Elem())
	}
	return nil, fmt.Errorf("%s has no type in Arrow: there are bool, integers, floats, string, []byte, time.Time, "+
		"time.Duration, arrowbox.Date, Timestamp, TimeOfDay and Decimal, and slices, maps and structs of them", t)
}

// argument is the type of an argument: text and binary however they are laid out.
func argument(c codec, name string) Field {
	field := c.field().named(name)
	switch field.Format {
	case "u":
		field.Format = "*u"
	case "z":
		field.Format = "*z"
	}
	field.Nullable = true
	return field
}

// step is the i-th place.
func step(base unsafe.Pointer, stride uintptr, i int) unsafe.Pointer {
	return unsafe.Add(base, uintptr(i)*stride)
}

// loaded are the values of an array, seen where they lie if they lie as in Go. buffer is memory for them otherwise, and
// what is used of it is given back.
func loaded[T any](c codec, a *Array, buffer []T) (values, used []T) {
	if a.length == 0 {
		return nil, buffer
	}
	var one T
	if width := unsafe.Sizeof(one); liesAsInGo(c) && layoutOf(a.field.Format).width == int(width) {
		return valuesOf[T](a.buffers[0], a.length), buffer
	}
	if cap(buffer) < a.length {
		buffer = make([]T, a.length)
	}
	buffer = buffer[:a.length]
	c.load(a, a.length, unsafe.Pointer(&buffer[0]), unsafe.Sizeof(one))
	return buffer, buffer
}

// stored makes an array of values.
func stored[T any](c codec, values []T) *Array {
	if len(values) == 0 {
		return emptyArray(c.field())
	}
	return c.store(len(values), unsafe.Pointer(&values[0]), unsafe.Sizeof(values[0]))
}

func liesAsInGo(c codec) bool {
	_, ok := c.(interface{ liesAsInGo() })
	return ok
}
