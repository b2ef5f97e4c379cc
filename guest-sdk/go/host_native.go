//go:build !wasip1

package arrowbox

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"
)

// Outside of a sandbox, in tests: nothing is granted and everything is there.
type native struct{}

var host native

func (native) log(level Level, message string) { fmt.Fprintln(os.Stderr, message) }

func (native) now() int64 { return time.Now().UnixNano() }

func (native) random(n int) []byte {
	bytes := make([]byte, n)
	rand.Read(bytes)
	return bytes
}

func (native) dataSize(name string) (int64, error) {
	return 0, Errorf("data.%s is not there outside of a query: make Options with NewOptions", name)
}

func (native) dataRead(name string, offset int64, length int) ([]byte, error) {
	return nil, Errorf("data.%s is not there outside of a query: make Options with NewOptions", name)
}
