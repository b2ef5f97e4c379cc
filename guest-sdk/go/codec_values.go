package arrowbox

import (
	"math"
	"time"
	"unsafe"
)

// fixed are numbers of one width, which lie in Arrow as they lie in Go.
type fixed[T any] struct{ format string }

func (fixed[T]) liesAsInGo() {}

func (c fixed[T]) field() Field { return Field{Format: c.format} }

func (c fixed[T]) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	for i, value := range valuesOf[T](a.buffers[0], n) {
		*(*T)(step(base, stride, i)) = value
	}
}

func (c fixed[T]) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	a := &Array{field: c.field(), length: n}
	var one T
	if stride == unsafe.Sizeof(one) {
		a.buffers = [][]byte{bytesOf(unsafe.Slice((*T)(base), n))}
		return a
	}
	values := make([]T, n)
	for i := range values {
		values[i] = *(*T)(step(base, stride, i))
	}
	a.buffers = [][]byte{bytesOf(values)}
	return a
}

type booleans struct{}

func (booleans) field() Field { return Field{Format: "b"} }

func (booleans) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	for i := range n {
		*(*bool)(step(base, stride, i)) = bit(a.buffers[0], i)
	}
}

func (c booleans) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	values := bitmapOf(n)
	for i := range n {
		if *(*bool)(step(base, stride, i)) {
			setBit(values, i)
		}
	}
	return &Array{field: c.field(), length: n, buffers: [][]byte{values}}
}

// Decimal is a number of 128 bits without its point, which stands before the last ten digits: Decimal128(38, 10).
type Decimal struct {
	Low  uint64
	High int64
}

// DecimalOf is a whole number.
func DecimalOf(whole int64) Decimal {
	const scale = 10_000_000_000
	negative := whole < 0
	magnitude := uint64(whole)
	if negative {
		magnitude = -magnitude
	}
	high, low := mul64(magnitude, scale)
	if negative {
		low = -low
		high = ^high
		if low == 0 {
			high++
		}
	}
	return Decimal{low, int64(high)}
}

// times are points in time, in microseconds and UTC.
type times struct{}

func (times) field() Field { return Field{Format: "tsu:UTC"} }

func (times) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	for i, value := range valuesOf[int64](a.buffers[0], n) {
		*(*time.Time)(step(base, stride, i)) = time.UnixMicro(value).UTC()
	}
}

func (c times) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	values := make([]int64, n)
	for i := range values {
		values[i] = (*time.Time)(step(base, stride, i)).UnixMicro()
	}
	return &Array{field: c.field(), length: n, buffers: [][]byte{bytesOf(values)}}
}

// durations are lengths of time, in microseconds.
type durations struct{}

func (durations) field() Field { return Field{Format: "tDu"} }

func (durations) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	const most = math.MaxInt64 / int64(time.Microsecond)
	for i, value := range valuesOf[int64](a.buffers[0], n) {
		if (value > most || value < -most) && (a.nulls == 0 || bit(a.validity, i)) {
			fail("a duration of %d µs is longer than the 292 years of a time.Duration", value)
		}
		*(*time.Duration)(step(base, stride, i)) = time.Duration(value) * time.Microsecond
	}
}

func (c durations) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	values := make([]int64, n)
	for i := range values {
		values[i] = (*time.Duration)(step(base, stride, i)).Microseconds()
	}
	return &Array{field: c.field(), length: n, buffers: [][]byte{bytesOf(values)}}
}

// options are values that can be null.
type options struct {
	inner        codec
	value, valid uintptr
}

func (c options) field() Field {
	field := c.inner.field()
	field.Nullable = true
	return field
}

func (c options) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	c.inner.load(a, n, unsafe.Add(base, c.value), stride)
	for i := range n {
		*(*bool)(step(unsafe.Add(base, c.valid), stride, i)) = !a.IsNull(i)
	}
}

func (c options) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	a := c.inner.store(n, unsafe.Add(base, c.value), stride)
	a.field.Nullable = true
	valid := unsafe.Add(base, c.valid)
	var validity []byte
	for i := range n {
		if !*(*bool)(step(valid, stride, i)) {
			if validity == nil {
				validity = bitmapOf(n)
				for before := range i {
					setBit(validity, before)
				}
			}
			a.nulls++
		} else if validity != nil {
			setBit(validity, i)
		}
	}
	a.validity = validity
	return a
}
