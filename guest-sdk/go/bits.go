package arrowbox

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Arrow's bitmaps: the first value is the lowest bit of the first byte.

func bit(bitmap []byte, i int) bool { return bitmap[i>>3]>>(i&7)&1 != 0 }

func setBit(bitmap []byte, i int) { bitmap[i>>3] |= 1 << (i & 7) }

func bitmapOf(n int) []byte { return make([]byte, (n+7)/8) }

func countOnes(bitmap []byte, n int) int {
	ones, i := 0, 0
	for ; i+64 <= n; i += 64 {
		ones += bits.OnesCount64(binary.LittleEndian.Uint64(bitmap[i/8:]))
	}
	for ; i < n; i++ {
		if bit(bitmap, i) {
			ones++
		}
	}
	return ones
}

// copyBits copies n bits from place from on.
func copyBits(bitmap []byte, from, n int) []byte {
	copied := bitmapOf(n)
	if from&7 == 0 {
		copy(copied, bitmap[from>>3:])
		return copied
	}
	for i := range n {
		if bit(bitmap, from+i) {
			setBit(copied, i)
		}
	}
	return copied
}

// bytesOf sees values of one width as what they are in memory.
func bytesOf[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(one)))
}

// valuesOf sees bytes as values of one width. The bytes are aligned to it.
func valuesOf[T any](bytes []byte, n int) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	if n == 0 {
		return nil
	}
	if len(bytes) < n*size {
		fail("a buffer has %d bytes where %d values of %d bytes are said to be", len(bytes), n, size)
	}
	if size > 1 && uintptr(unsafe.Pointer(&bytes[0]))%uintptr(min(size, 8)) != 0 {
		copied := make([]T, n)
		copy(bytesOf(copied), bytes)
		return copied
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&bytes[0])), n)
}
