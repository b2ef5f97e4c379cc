package arrowbox

import "unsafe"

// scratch is where the host puts the lists and the text of a call, and where the adapter between the two versions of WASI
// keeps its state. The build writes `cabi_realloc`, which takes from here, since that is called before Go's runtime has
// begun; it finds the place by the mark.
var scratch = struct {
	mark [24]byte
	next uint32
	_    uint32
	data [256 << 10]byte
}{mark: [24]byte{'a', 'r', 'r', 'o', 'w', 'b', 'o', 'x', ' ', 's', 'c', 'r', 'a', 't', 'c', 'h', ' ', 'm', 'e', 'm', 'o', 'r', 'y', ':'}}

// What was taken before the first call stays.
var taken uint32

func init() {
	taken = scratch.next
	spare = standing
}

// overflow has what did not fit.
var overflow [][]byte

// spare is where that goes first. Go's runtime asks for the time when it takes memory, and a component can not ask for
// anything while the host passes something: there has to be room before.
var spare []byte

// standing is room for what no call can foresee: where each of 150 000 groups begins.
var standing = make([]byte, 600<<10)

//go:wasmexport arrowbox_realloc
func overflowing(old, oldLength, align, length int32) int32 {
	if skipped := aligned(address(spare), uint32(align)) - address(spare); old == 0 &&
		uint64(skipped)+uint64(uint32(length)) <= uint64(len(spare)) {
		begin := address(spare) + skipped
		spare = spare[skipped+uint32(length):]
		return int32(begin)
	}
	memory := make([]byte, uint32(length)+uint32(align))
	overflow = append(overflow, memory)
	begin := aligned(address(memory), uint32(align))
	if old != 0 {
		copy(unsafe.Slice((*byte)(pointer(begin)), length), unsafe.Slice((*byte)(pointer(uint32(old))), oldLength))
	}
	return int32(begin)
}

// leave is the end of a call: what the host passed was read.
func leave() {
	scratch.next = taken
	overflow = nil
	spare = standing
}

func pointer(address uint32) unsafe.Pointer { return unsafe.Pointer(uintptr(address)) }

func address(bytes []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))) }

func aligned(address, align uint32) uint32 { return (address + align - 1) &^ (align - 1) }

// region is memory that the host writes a batch to.
type region struct {
	memory []byte
	begin  uint32
	length uint32
}

var (
	// The host has them and has not called a function with them yet.
	handed []region
	// For the next batches.
	idle []region
)

// The most bytes that wait to be used again.
const mostIdle = 4 << 20

//go:wasmexport arrowbox:udf/memory@0.1.0#allocate
func allocate(length, align int32) int32 {
	size, to := uint32(length), max(uint32(align), 64)
	if to&(to-1) != 0 || size > 1<<31 {
		return 0
	}
	for i, region := range idle {
		if region.length >= size && region.length/4 <= size && region.begin&(to-1) == 0 {
			idle = append(idle[:i], idle[i+1:]...)
			handed = append(handed, region)
			return int32(region.begin)
		}
	}
	memory := make([]byte, size+to)
	begin := aligned(address(memory), to)
	handed = append(handed, region{memory, begin, size})
	return int32(begin)
}

//go:wasmexport arrowbox:udf/memory@0.1.0#release
func release(begin int32) {
	for i, region := range handed {
		if region.begin == uint32(begin) {
			handed = append(handed[:i], handed[i+1:]...)
			reuse(region)
			return
		}
	}
}

// reuse keeps a region whose bytes nobody sees any more.
func reuse(region region) {
	if region.length > mostIdle {
		return
	}
	if len(idle) == 4 {
		idle = append(idle[:0], idle[1:]...)
	}
	idle = append(idle, region)
}
