//go:build !wasip1

package arrowbox

import (
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Outside of a sandbox, in tests: nothing is granted and everything is there.
type native struct{}

var host native

func (native) log(level Level, message string) { fmt.Fprintln(os.Stderr, message) }

func (native) now() int64 { return time.Now().UnixNano() }

func (native) random(into []byte) { rand.Read(into) }

func (native) dataSize(name string) (int64, error) {
	return 0, Errorf("data.%s is not there outside of a query: make Options with NewOptions", name)
}

func (native) dataRead(name string, offset int64, into []byte) (int, error) {
	return 0, Errorf("data.%s is not there outside of a query: make Options with NewOptions", name)
}

// LocalFiles are what Files gives outside of a query, in a test.
var LocalFiles map[string][]byte

func (native) files() ([]File, error) {
	var files []File
	for path, bytes := range LocalFiles {
		files = append(files, File{path, int64(len(bytes))})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func (native) readFile(path string, offset int64, into []byte) (int, error) {
	bytes, ok := LocalFiles[path]
	if !ok {
		return 0, Errorf("there is no file %s", path)
	}
	return copy(into, bytes[min(offset, int64(len(bytes))):]), nil
}

// LocalSinks are what Create made outside of a query, in a test.
var LocalSinks = map[string][]byte{}

var creating []string

func (native) create(path string) (int32, error) {
	if _, ok := LocalSinks[path]; ok {
		return 0, Errorf("%s was created already", path)
	}
	LocalSinks[path] = nil
	creating = append(creating, path)
	return int32(len(creating) - 1), nil
}

func (native) write(handle int32, bytes []byte) error {
	path := creating[handle]
	LocalSinks[path] = append(LocalSinks[path], bytes...)
	return nil
}

func (native) finish(handle int32) (int64, error) {
	return int64(len(LocalSinks[creating[handle]])), nil
}
