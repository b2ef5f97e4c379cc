package arrowbox

import (
	"encoding/binary"
	"unsafe"
)

// pieces calls take with the bytes of each value of text or binary, however they are laid out. take must not be called
// with bytes beyond the array: the offsets come from the host, and slicing checks them.
func pieces(a *Array, n int, take func(i int, bytes []byte)) {
	if a.dictionary != nil {
		words := make([][]byte, a.dictionary.length)
		pieces(a.dictionary, a.dictionary.length, func(i int, bytes []byte) { words[i] = bytes })
		for i := range n {
			if !a.IsNull(i) {
				take(i, words[a.key(i)])
			}
		}
		return
	}
	switch a.field.Format {
	case "u", "z":
		data, offsets := a.buffers[1], valuesOf[int32](a.buffers[0], n+1)
		for i := range n {
			take(i, data[offsets[i]:offsets[i+1]])
		}
	case "U", "Z":
		data, offsets := a.buffers[1], valuesOf[int64](a.buffers[0], n+1)
		for i := range n {
			take(i, data[offsets[i]:offsets[i+1]])
		}
	case "vu", "vz":
		views := a.buffers[0]
		for i := range n {
			if a.IsNull(i) {
				continue
			}
			view := views[16*i : 16*i+16]
			length := int(binary.LittleEndian.Uint32(view))
			if length <= 12 {
				take(i, view[4:4+length])
				continue
			}
			buffer := a.buffers[1+binary.LittleEndian.Uint32(view[8:])]
			offset := int(binary.LittleEndian.Uint32(view[12:]))
			take(i, buffer[offset:offset+length])
		}
	default:
		fail("%s was passed where text or binary is declared", a.field.Type())
	}
}

// key is the place of a value in the dictionary.
func (a *Array) key(i int) int {
	bytes := a.buffers[0]
	switch a.field.Format {
	case "c", "C":
		return int(bytes[i])
	case "s", "S":
		return int(binary.LittleEndian.Uint16(bytes[2*i:]))
	case "i", "I":
		return int(binary.LittleEndian.Uint32(bytes[4*i:]))
	default:
		return int(binary.LittleEndian.Uint64(bytes[8*i:]))
	}
}

// gathered lays pieces one after the other.
type gathered struct {
	offsets []int32
	data    []byte
}

func gather(n int) gathered {
	g := gathered{offsets: make([]int32, 1, n+1)}
	return g
}

func (g *gathered) end() {
	if len(g.data) > 1<<31-1 {
		fail("a result has more than 2 GiB of text in one column")
	}
	g.offsets = append(g.offsets, int32(len(g.data)))
}

func (g *gathered) array(field Field) *Array {
	return &Array{field: field, length: len(g.offsets) - 1, buffers: [][]byte{bytesOf(g.offsets), g.data}}
}

// texted are strings, which lie where the host put them.
type texted struct{}

func (texted) field() Field { return Field{Format: "u"} }

func (texted) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	if a.dictionary == nil && a.field.Format == "u" && stride == unsafe.Sizeof("") {
		data, offsets := a.buffers[1], valuesOf[int32](a.buffers[0], n+1)
		all := unsafe.String(unsafe.SliceData(data), len(data))
		values := unsafe.Slice((*string)(base), n)
		begin := offsets[0]
		for i := range values {
			end := offsets[i+1]
			values[i] = all[begin:end]
			begin = end
		}
		return
	}
	pieces(a, n, func(i int, bytes []byte) {
		*(*string)(step(base, stride, i)) = unsafe.String(unsafe.SliceData(bytes), len(bytes))
	})
}

func (c texted) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	g := gather(n)
	size := 0
	for i := range n {
		size += len(*(*string)(step(base, stride, i)))
	}
	g.data = make([]byte, 0, size)
	for i := range n {
		g.data = append(g.data, *(*string)(step(base, stride, i))...)
		g.end()
	}
	return g.array(c.field())
}

// blobs are slices of bytes, which lie where the host put them.
type blobs struct{}

func (blobs) field() Field { return Field{Format: "z"} }

func (blobs) load(a *Array, n int, base unsafe.Pointer, stride uintptr) {
	pieces(a, n, func(i int, bytes []byte) {
		*(*[]byte)(step(base, stride, i)) = bytes[:len(bytes):len(bytes)]
	})
}

func (c blobs) store(n int, base unsafe.Pointer, stride uintptr) *Array {
	g := gather(n)
	for i := range n {
		g.data = append(g.data, *(*[]byte)(step(base, stride, i))...)
		g.end()
	}
	return g.array(c.field())
}
