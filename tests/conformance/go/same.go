package conformance

import (
	"time"

	"arrowbox"
)

// What came, value by value, of each type.
func same[T any](name string) {
	arrowbox.Scalar1(name, func(value arrowbox.Option[T]) arrowbox.Option[T] { return value })
}

func init() {
	same[bool]("same_boolean")
	same[int8]("same_int8")
	same[int16]("same_int16")
	same[int32]("same_int32")
	same[int64]("same_int64")
	same[uint8]("same_uint8")
	same[uint16]("same_uint16")
	same[uint32]("same_uint32")
	same[uint64]("same_uint64")
	same[float32]("same_float32")
	same[float64]("same_float64")
	same[string]("same_text")
	same[[]byte]("same_binary")
	same[arrowbox.Date]("same_date")
	same[arrowbox.TimeOfDay]("same_time")
	same[arrowbox.Timestamp]("same_timestamp")
	same[time.Time]("same_utc")
	same[time.Duration]("same_duration")
	same[arrowbox.Decimal]("same_decimal")
	same[[]arrowbox.Option[int64]]("same_list")
	same[pair]("same_struct")
	same[map[string]arrowbox.Option[int64]]("same_map")
	same[[]arrowbox.Option[item]]("same_nested")
}
