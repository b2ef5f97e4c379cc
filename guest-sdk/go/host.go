package arrowbox

import "fmt"

// Level says how much a line of the log matters.
type Level uint8

// From what only helps to find mistakes, to what went wrong.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Failure
)

// Log writes a line for whoever watches the query.
func Log(level Level, format string, arguments ...any) {
	host.log(level, crossing(fmt.Sprintf(format, arguments...)))
}

// Now is the time in nanoseconds since 1970-01-01T00:00:00Z. It needs the grant "clock"; time.Now stands still without.
func Now() int64 { return host.now() }

// RandomBytes are bytes that nobody can foretell. They need the grant "random".
func RandomBytes(n int) []byte {
	all := make([]byte, n)
	for left := all; len(left) > 0; {
		part := left[:min(len(left), 1<<16)]
		host.random(part)
		left = left[len(part):]
	}
	return all
}
