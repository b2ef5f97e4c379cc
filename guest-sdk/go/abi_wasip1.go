package arrowbox

import "unsafe"

// Values as they cross: the canonical ABI of the component model, with addresses of 32 bits.

func load[T any](address uint32) T { return *(*T)(pointer(address)) }

func word(address uint32) uint32 { return load[uint32](address) }

func text(begin, length uint32) string {
	return string(unsafe.Slice((*byte)(pointer(begin)), length))
}

// textAt reads a string that lies at an address.
func textAt(address uint32) string { return text(word(address), word(address+4)) }

// list reads the items of a list that lies at an address.
func list[T any](address, size uint32, item func(uint32) T) []T {
	begin, length := word(address), word(address+4)
	items := make([]T, length)
	for i := range items {
		items[i] = item(begin + uint32(i)*size)
	}
	return items
}

func pairAt(address uint32) [2]string { return [2]string{textAt(address), textAt(address + 8)} }

// wireField is a field with the number of its children, as they come one after the other.
type wireField struct {
	Field
	children   uint32
	dictionary bool
}

func fieldAt(address uint32) wireField {
	flags := load[uint8](address + 16)
	return wireField{
		Field{
			Name: textAt(address), Format: textAt(address + 8), Nullable: flags&flagNullable != 0,
			flags: flags &^ flagNullable, Metadata: list(address+28, 16, pairAt),
		},
		word(address + 20), load[uint8](address+24) != 0,
	}
}

// schemaAt reads a schema that lies at an address.
func schemaAt(address uint32) []Field {
	all := list(address, 36, fieldAt)
	var next func() Field
	next = func() Field {
		if len(all) == 0 {
			fail("the schema ends within a field")
		}
		first := all[0]
		all = all[1:]
		field := first.Field
		for range first.children {
			field.Children = append(field.Children, next())
		}
		if first.dictionary {
			values := next()
			field.Dictionary = &values
		}
		return field
	}
	var fields []Field
	for len(all) > 0 {
		fields = append(fields, next())
	}
	return fields
}

func optionsAt(address uint32) *Options {
	options := &Options{parameters: list(address, 16, pairAt)}
	for _, name := range list(address+8, 8, textAt) {
		options.data = append(options.data, Blob{name: name})
	}
	return options
}

// came is the batch that came, in memory that is used again.
var came struct {
	wire
	regions []region
}

// batchAt reads a batch that lies at an address. Its regions are the guest's from now on.
func batchAt(address uint32) wire {
	came.rows = load[uint64](address)
	nodes, buffers, variadic := address+8, address+16, address+24
	came.nodes = append(came.nodes[:0], unsafe.Slice((*node)(pointer(word(nodes))), word(nodes+4))...)
	came.variadic = append(came.variadic[:0], unsafe.Slice((*uint64)(pointer(word(variadic))), word(variadic+4))...)
	came.buffers = came.buffers[:0]
	came.regions = came.regions[:0]
	for i := range word(buffers + 4) {
		at := word(buffers) + 12*i
		begin, length := word(at+4), word(at+8)
		if load[uint8](at) != 0 {
			fail("a batch came as bytes, which is how batches cross in the portable lane")
		}
		came.buffers = append(came.buffers, unsafe.Slice((*byte)(pointer(begin)), length))
		claim(begin)
	}
	return came.wire
}

// flat reads a batch that came as the parameters of a call.
func flat(rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) wire {
	return batchAt(gathering(uint64(rows), pack(nodes, nNodes), pack(buffers, nBuffers), pack(variadic, nVariadic)))
}

func pack(address, length int32) uint64 { return uint64(uint32(address)) | uint64(uint32(length))<<32 }

// parameters of a call, laid out as a record. They do not move, as Go's stack does.
var parameters [9]uint64

func gathering(values ...uint64) uint32 {
	copy(parameters[:], values)
	return uint32(uintptr(unsafe.Pointer(&parameters)))
}

func claim(begin uint32) {
	for i, region := range handed {
		if begin >= region.begin && begin-region.begin <= region.length {
			handed = append(handed[:i], handed[i+1:]...)
			came.regions = append(came.regions, region)
			return
		}
	}
}

// ret is where the host finds what a call returned.
var ret [8]uint64

func retAt(offset uint32) uint32 { return uint32(uintptr(unsafe.Pointer(&ret))) + offset }

func put[T any](address uint32, value T) { *(*T)(pointer(address)) = value }

// kept is what the last call returned, until the host comes again.
var kept [][]byte

// room is memory of what a call returns.
func space(bytes uint32) uint32 {
	if bytes == 0 {
		return 8
	}
	memory := make([]uint64, (bytes+7)/8)
	all := bytesOf(memory)
	kept = append(kept, all)
	return address(all)
}

func putText(at uint32, text string) {
	bytes := []byte(text)
	kept = append(kept, bytes)
	put(at, address(bytes))
	put(at+4, uint32(len(bytes)))
}

func putList[T any](at, size uint32, items []T, item func(uint32, T)) {
	begin := space(size * uint32(len(items)))
	put(at, begin)
	put(at+4, uint32(len(items)))
	for i, one := range items {
		item(begin+size*uint32(i), one)
	}
}

func putField(at uint32, field Field) {
	putText(at, field.Name)
	putText(at+8, field.Format)
	flags := field.flags
	if field.Nullable {
		flags |= flagNullable
	}
	put(at+16, flags)
	put(at+20, uint32(len(field.Children)))
	put(at+24, field.Dictionary != nil)
	putList(at+28, 16, field.Metadata, func(at uint32, pair [2]string) {
		putText(at, pair[0])
		putText(at+8, pair[1])
	})
}

func putSchema(at uint32, fields []Field) {
	var all []Field
	var add func(Field)
	add = func(field Field) {
		all = append(all, field)
		for _, child := range field.Children {
			add(child)
		}
		if field.Dictionary != nil {
			add(*field.Dictionary)
		}
	}
	for _, field := range fields {
		add(field)
	}
	putList(at, 36, all, putField)
}

// span is a buffer as it crosses.
type span struct{ tag, begin, length uint32 }

// sent is the batch that was sent last, with all that it needs until the host comes again.
var sent struct {
	wire
	spans []span
}

func putBatch(at uint32, rows int, columns ...*Array) {
	sent.send(rows, columns...)
	sent.spans = sent.spans[:0]
	for _, buffer := range sent.buffers {
		one := span{0, 64, 0}
		if len(buffer) > 0 {
			one = span{0, address(buffer), uint32(len(buffer))}
		}
		sent.spans = append(sent.spans, one)
	}
	put(at, sent.rows)
	put(at+8, uint32(uintptr(unsafe.Pointer(unsafe.SliceData(sent.nodes)))))
	put(at+12, uint32(len(sent.nodes)))
	put(at+16, uint32(uintptr(unsafe.Pointer(unsafe.SliceData(sent.spans)))))
	put(at+20, uint32(len(sent.spans)))
	put(at+24, uint32(uintptr(unsafe.Pointer(unsafe.SliceData(sent.variadic)))))
	put(at+28, uint32(len(sent.variadic)))
}

func putError(err *Error) {
	put(retAt(0), uint8(1))
	putText(retAt(8), err.Message)
	put(retAt(16), err.Row >= 0)
	put(retAt(24), uint64(max(err.Row, 0)))
}

func putBytes(at uint32, bytes []byte) {
	kept = append(kept, bytes)
	put(at, address(bytes))
	put(at+4, uint32(len(bytes)))
}
