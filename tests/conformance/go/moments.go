package conformance

import (
	"time"

	"arrowbox"
)

// Dates, times and lengths of time, to numbers and back.
func init() {
	arrowbox.Scalar1("date_number", func(value arrowbox.Date) int64 { return int64(value) })
	arrowbox.Scalar1("number_date", func(days int64) arrowbox.Date { return arrowbox.Date(days) })
	arrowbox.Scalar1("time_number", func(value arrowbox.TimeOfDay) int64 { return int64(value) })
	arrowbox.Scalar1("number_time", func(ticks int64) arrowbox.TimeOfDay { return arrowbox.TimeOfDay(ticks) })
	arrowbox.Scalar1("timestamp_number", func(value arrowbox.Timestamp) int64 { return int64(value) })
	arrowbox.Scalar1("number_timestamp", func(ticks int64) arrowbox.Timestamp { return arrowbox.Timestamp(ticks) })
	arrowbox.Scalar1("utc_number", func(value time.Time) int64 { return value.UnixMicro() })
	arrowbox.Scalar1("number_utc", func(ticks int64) time.Time { return time.UnixMicro(ticks).UTC() })
	arrowbox.Scalar1("duration_number", func(value time.Duration) int64 { return value.Microseconds() })
	arrowbox.Scalar1("number_duration", func(ticks int64) time.Duration { return time.Duration(ticks) * time.Microsecond })
}
