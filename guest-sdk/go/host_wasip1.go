package arrowbox

import (
	"runtime"
	"unsafe"
)

// guest asks the host.
type guest struct{}

var host guest

//go:wasmimport arrowbox:udf/log@0.1.0 write
func logWrite(level int32, message unsafe.Pointer, length int32)

//go:wasmimport arrowbox:udf/clock@0.1.0 now
func clockNow() int64

//go:wasmimport arrowbox:udf/random@0.1.0 bytes
func randomBytes(length int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/data@0.1.0 size
func dataSize(name unsafe.Pointer, length int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/data@0.1.0 read
func dataRead(name unsafe.Pointer, nName int32, offset int64, length int32, ret unsafe.Pointer)

// answer is where the host puts what it returns. It does not move, as Go's stack does.
var answer [8]uint64

func answerAt(offset uint32) uint32 { return uint32(uintptr(unsafe.Pointer(&answer))) + offset }

func textOf(text string) (unsafe.Pointer, int32) {
	return unsafe.Pointer(unsafe.StringData(text)), int32(len(text))
}

// bytesAt copies a list that the host made.
func bytesAt(at uint32) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(pointer(word(at))), word(at+4))...)
}

// answered gives the error that the host answered with, whose text is at an offset.
func answered(offset uint32) error {
	if load[uint8](answerAt(0)) == 0 {
		return nil
	}
	return Errorf("%s", textAt(answerAt(offset)))
}

func (guest) log(level Level, message string) {
	at, length := textOf(message)
	logWrite(int32(level), at, length)
}

func (guest) now() int64 { return clockNow() }

// filling asks the host for bytes that are put into memory which is there already, and gives their number. at is where
// the host says where it put them.
func filling(into []byte, at uint32, ask func() error) (int, error) {
	before, others := scratch.next, spare
	spare = into
	err := ask()
	spare = others
	if err != nil {
		return 0, err
	}
	n := copy(into, unsafe.Slice((*byte)(pointer(word(at))), word(at+4)))
	// No memory was taken meanwhile, so that no other goroutine has asked for anything.
	scratch.next = before
	return n, nil
}

func (guest) random(into []byte) {
	filling(into, answerAt(0), func() error {
		randomBytes(int32(len(into)), unsafe.Pointer(&answer))
		return nil
	})
}

func (guest) dataSize(name string) (int64, error) {
	at, length := textOf(name)
	dataSize(at, length, unsafe.Pointer(&answer))
	return int64(load[uint64](answerAt(8))), answered(8)
}

func (guest) dataRead(name string, offset int64, into []byte) (int, error) {
	at, n := textOf(name)
	return filling(into, answerAt(4), func() error {
		dataRead(at, n, offset, int32(len(into)), unsafe.Pointer(&answer))
		return answered(4)
	})
}

//go:wasmimport arrowbox:udf/files@0.1.0 entries
func filesEntries(ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/files@0.1.0 read-into
func filesReadInto(path unsafe.Pointer, nPath int32, offset int64, into unsafe.Pointer, length int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/sink@0.1.0 [static]file.create
func sinkCreate(path unsafe.Pointer, nPath int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/sink@0.1.0 [method]file.write
func sinkWrite(self, tag int32, bytes unsafe.Pointer, length int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/sink@0.1.0 [method]file.finish
func sinkFinish(self int32, ret unsafe.Pointer)

//go:wasmimport arrowbox:udf/sink@0.1.0 [resource-drop]file
func sinkDrop(self int32)

func (guest) files() ([]File, error) {
	// For some ten thousands of them.
	memory := make([]byte, 4<<20)
	defer runtime.KeepAlive(memory)
	others := spare
	spare = memory
	filesEntries(unsafe.Pointer(&answer))
	spare = others
	if err := answered(4); err != nil {
		return nil, err
	}
	return list(answerAt(4), 16, func(at uint32) File { return File{textAt(at), load[int64](at + 8)} }), nil
}

func (guest) readFile(path string, offset int64, into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	at, n := textOf(path)
	filesReadInto(at, n, offset, unsafe.Pointer(&into[0]), int32(min(len(into), chunk)), unsafe.Pointer(&answer))
	return int(word(answerAt(4))), answered(4)
}

func (guest) create(path string) (int32, error) {
	at, n := textOf(path)
	sinkCreate(at, n, unsafe.Pointer(&answer))
	return load[int32](answerAt(4)), answered(4)
}

func (guest) write(handle int32, bytes []byte) error {
	sinkWrite(handle, 0, unsafe.Pointer(&bytes[0]), int32(len(bytes)), unsafe.Pointer(&answer))
	return answered(4)
}

func (guest) finish(handle int32) (int64, error) {
	sinkFinish(handle, unsafe.Pointer(&answer))
	size, err := load[int64](answerAt(8)), answered(8)
	sinkDrop(handle)
	return size, err
}
