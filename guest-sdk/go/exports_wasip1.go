package arrowbox

// What the host calls: the exports of the contract.

// objects are what the host has handles of.
var objects = []any{nil}

func object[T any](rep int32) T { return objects[rep].(T) }

func adopt(opened any) int32 {
	for i, one := range objects[1:] {
		if one == nil {
			objects[i+1] = opened
			return int32(i + 1)
		}
	}
	objects = append(objects, opened)
	return int32(len(objects) - 1)
}

func drop(rep int32) { objects[rep] = nil }

// calling is a call that can fail: it gives the place of what it returns. current is the batch that is computed.
var current *call

func calling(body func()) (at int32) {
	kept = kept[:0]
	current = nil
	defer func() {
		if thrown := recover(); thrown != nil {
			row := -1
			if current != nil {
				row = current.row
			}
			putError(caught(thrown, row))
		}
		current = nil
		leave()
		at = int32(retAt(0))
	}()
	put(retAt(0), uint8(0))
	body()
	return 0
}

// asking is a call that can not fail.
func asking(body func()) int32 {
	kept = kept[:0]
	body()
	leave()
	return int32(retAt(0))
}

func computing(rows int, columns []*Array, codecs []codec) *call {
	current = callOf(rows, columns, codecs)
	return current
}

// openValues opens a function of values.
func openValues(kind kind, name, nName, fields, nFields, parameters, nParameters, data, nData int32,
	handle func(int32) int32) int32 {
	return calling(func() {
		address := gathering(pack(fields, nFields), pack(parameters, nParameters), pack(data, nData))
		given := schemaAt(address)
		function := find(kind, text(uint32(name), uint32(nName)), given)
		opened := function.open(&opening{fields: given, inputs: [][]Field{given}, options: optionsAt(address + 8)})
		put(retAt(8), handle(adopt(opened)))
	})
}

//go:wasmexport arrowbox:udf/library@0.1.0#describe
func exportDescribe() int32 {
	return asking(func() {
		putText(retAt(0), "arrowbox-sdk "+Version+" (go)")
		putList(retAt(8), 44, describe(), func(at uint32, f described) {
			putText(at, f.name)
			put(at+8, uint8(f.kind))
			putList(at+12, 20, f.signatures, func(at uint32, one *function) {
				putSchema(at, one.arguments)
				put(at+8, one.variadic)
				putSchema(at+12, one.result)
			})
			put(at+20, uint8(f.volatility))
			put(at+21, f.called)
			putList(at+24, 8, f.grants, putText)
			put(at+32, false)
			putText(at+36, f.doc)
		})
	})
}

//go:wasmimport [export]arrowbox:udf/scalar@0.1.0 [resource-new]scalar-function
func newScalar(rep int32) int32

//go:wasmexport arrowbox:udf/scalar@0.1.0#[static]scalar-function.open
func scalarOpen(name, nName, fields, nFields, parameters, nParameters, data, nData int32) int32 {
	return openValues(scalarKind, name, nName, fields, nFields, parameters, nParameters, data, nData, newScalar)
}

//go:wasmexport arrowbox:udf/scalar@0.1.0#[method]scalar-function.result
func scalarResult(self int32) int32 {
	return asking(func() { putSchema(retAt(0), []Field{object[*scalar](self).result}) })
}

//go:wasmexport arrowbox:udf/scalar@0.1.0#[method]scalar-function.invoke
func scalarInvoke(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		s := object[*scalar](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		a := s.invoke(computing(int(rows), w.columnsOf(s.fields), s.codecs))
		putBatch(retAt(8), int(rows), a)
		if s.private {
			for _, region := range came.regions {
				reuse(region)
			}
		}
	})
}

//go:wasmexport arrowbox:udf/scalar@0.1.0#[dtor]scalar-function
func scalarDrop(self int32) { drop(self) }

//go:wasmimport [export]arrowbox:udf/aggregate@0.1.0 [resource-new]accumulator
func newAccumulator(rep int32) int32

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[static]accumulator.open
func accumulatorOpen(name, nName, fields, nFields, parameters, nParameters, data, nData int32) int32 {
	return openValues(aggregateKind, name, nName, fields, nFields, parameters, nParameters, data, nData, newAccumulator)
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.result
func accumulatorResult(self int32) int32 {
	return asking(func() { putSchema(retAt(0), []Field{object[accumulator](self).resultField()}) })
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.state-schema
func accumulatorStateSchema(self int32) int32 {
	return asking(func() { putSchema(retAt(0), object[accumulator](self).stateFields()) })
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.retractable
func accumulatorRetractable(self int32) int32 { return truth(object[accumulator](self).retractable()) }

func truth(is bool) int32 {
	if is {
		return 1
	}
	return 0
}

func updating(self int32, w wire, count int64, retract bool) {
	a := object[accumulator](self)
	columns := w.columnsOf(append([]Field{{Format: "I"}}, a.argumentFields()...))
	of := groupsOf(uint64(count), columns[0], int(w.rows))
	a.update(computing(int(w.rows), columns[1:], a.argumentCodecs()), of, retract)
	if a.private() {
		for _, region := range came.regions {
			reuse(region)
		}
	}
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.update
func accumulatorUpdate(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32, groups int64) int32 {
	return calling(func() {
		updating(self, flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic), groups, false)
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.retract
func accumulatorRetract(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32, groups int64) int32 {
	return calling(func() {
		updating(self, flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic), groups, true)
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.merge
func accumulatorMerge(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32, groups int64) int32 {
	return calling(func() {
		a := object[accumulator](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		columns := w.columnsOf(append([]Field{{Format: "I"}}, a.stateFields()...))
		of := groupsOf(uint64(groups), columns[0], int(rows))
		states := columns[1:]
		for i, column := range states {
			states[i] = column.spread(int(rows))
		}
		a.merge(states, int(rows), of)
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.convert
func accumulatorConvert(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		a := object[accumulator](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		columns := w.columnsOf(a.argumentFields())
		putBatch(retAt(8), int(rows), a.convert(computing(int(rows), columns, a.argumentCodecs()))...)
	})
}

// emitted is the number of groups that are wanted.
func emitted(a accumulator, tag int32, first int64) int {
	if tag == 0 {
		return a.count()
	}
	return int(min(first, int64(a.count())))
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.state
func accumulatorState(self, tag int32, first int64) int32 {
	return calling(func() {
		a := object[accumulator](self)
		n := emitted(a, tag, first)
		putBatch(retAt(8), n, a.state(n)...)
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.evaluate
func accumulatorEvaluate(self, tag int32, first int64) int32 {
	return calling(func() {
		a := object[accumulator](self)
		n := emitted(a, tag, first)
		putBatch(retAt(8), n, a.evaluate(n, false))
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[method]accumulator.peek
func accumulatorPeek(self int32) int32 {
	return calling(func() {
		a := object[accumulator](self)
		n := a.count()
		putBatch(retAt(8), n, a.evaluate(n, true))
	})
}

//go:wasmexport arrowbox:udf/aggregate@0.1.0#[dtor]accumulator
func accumulatorDrop(self int32) { drop(self) }

//go:wasmimport [export]arrowbox:udf/window@0.1.0 [resource-new]window-function
func newWindow(rep int32) int32

//go:wasmexport arrowbox:udf/window@0.1.0#[static]window-function.open
func windowOpen(name, nName, fields, nFields, parameters, nParameters, data, nData int32) int32 {
	return openValues(windowKind, name, nName, fields, nFields, parameters, nParameters, data, nData, newWindow)
}

//go:wasmexport arrowbox:udf/window@0.1.0#[method]window-function.result
func windowResult(self int32) int32 {
	return asking(func() { putSchema(retAt(0), []Field{object[window](self).resultField()}) })
}

//go:wasmexport arrowbox:udf/window@0.1.0#[method]window-function.incremental
func windowIncremental(self int32) int32 { return truth(object[window](self).incremental()) }

//go:wasmexport arrowbox:udf/window@0.1.0#[method]window-function.evaluate
func windowEvaluate(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		of := object[window](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		c := computing(int(rows), w.columnsOf(of.argumentFields()), of.argumentCodecs())
		putBatch(retAt(8), int(rows), of.evaluate(c))
	})
}

//go:wasmexport arrowbox:udf/window@0.1.0#[method]window-function.push
func windowPush(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic, first int32) int32 {
	return calling(func() {
		of := object[window](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		c := computing(int(rows), w.columnsOf(of.argumentFields()), of.argumentCodecs())
		putBatch(retAt(8), int(rows), of.push(c, first != 0))
	})
}

//go:wasmexport arrowbox:udf/window@0.1.0#[dtor]window-function
func windowDrop(self int32) { drop(self) }

// nextRows gives the next rows of a producer, as an option.
func nextRows(p *producer) int32 {
	return calling(func() {
		rows, columns, ok := p.next()
		put(retAt(8), ok)
		if ok {
			putBatch(retAt(16), rows, columns...)
		}
	})
}

func resultOf(p *producer) int32 { return asking(func() { putSchema(retAt(0), p.result) }) }

//go:wasmimport [export]arrowbox:udf/table@0.1.0 [resource-new]table-function
func newTable(rep int32) int32

//go:wasmexport arrowbox:udf/table@0.1.0#[static]table-function.open
func tableOpen(name, nName, fields, nFields, parameters, nParameters, data, nData int32) int32 {
	return openValues(tableKind, name, nName, fields, nFields, parameters, nParameters, data, nData, newTable)
}

//go:wasmexport arrowbox:udf/table@0.1.0#[method]table-function.result
func tableResult(self int32) int32 { return resultOf(object[*producer](self)) }

//go:wasmexport arrowbox:udf/table@0.1.0#[method]table-function.push
func tablePush(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return pushRows(self, rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
}

func pushRows(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		p := object[*producer](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		p.push(int(rows), w.columnsOf(p.fields))
	})
}

//go:wasmexport arrowbox:udf/table@0.1.0#[method]table-function.next
func tableNext(self int32) int32 { return nextRows(object[*producer](self)) }

//go:wasmexport arrowbox:udf/table@0.1.0#[dtor]table-function
func tableDrop(self int32) { dropProducer(self) }

// dropProducer ends what runs between two calls of a producer.
func dropProducer(self int32) {
	if stop := object[*producer](self).stop; stop != nil {
		calling(stop)
	}
	drop(self)
}

//go:wasmimport [export]arrowbox:udf/map-batches@0.1.0 [resource-new]batch-mapper
func newBatchMapper(rep int32) int32

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[static]batch-mapper.open
func batchMapperOpen(at int32) int32 {
	return calling(func() {
		at := uint32(at)
		function := find(mapBatchesKind, textAt(at), nil)
		input, fields := schemaAt(at+8), schemaAt(at+16)
		o := &opening{inputs: [][]Field{input}, fields: fields, options: optionsAt(at + 56)}
		o.arguments = batchAt(at + 24).columnsOf(fields)
		put(retAt(8), newBatchMapper(adopt(function.open(o))))
	})
}

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[method]batch-mapper.result
func batchMapperResult(self int32) int32 { return resultOf(object[*producer](self)) }

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[method]batch-mapper.push
func batchMapperPush(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return pushRows(self, rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
}

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[method]batch-mapper.finish
func batchMapperFinish(self int32) int32 { return calling(object[*producer](self).finish) }

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[method]batch-mapper.next
func batchMapperNext(self int32) int32 { return nextRows(object[*producer](self)) }

//go:wasmexport arrowbox:udf/map-batches@0.1.0#[dtor]batch-mapper
func batchMapperDrop(self int32) { dropProducer(self) }

//go:wasmimport [export]arrowbox:udf/grouped@0.1.0 [resource-new]group-mapper
func newGroupMapper(rep int32) int32

func number(at uint32) int { return int(word(at)) }

//go:wasmexport arrowbox:udf/grouped@0.1.0#[static]group-mapper.open
func groupMapperOpen(at int32) int32 {
	return calling(func() {
		at := uint32(at)
		o := &opening{inputs: list(at+8, 8, schemaAt), fields: schemaAt(at + 24), options: optionsAt(at + 64)}
		o.keys = list(at+16, 8, func(at uint32) []int { return list(at, 4, number) })
		kind := groupedMapKind
		if len(o.inputs) == 2 {
			kind = cogroupedMapKind
		}
		if len(o.inputs) > 2 || len(o.keys) != len(o.inputs) {
			fail("%d tables came with the keys of %d", len(o.inputs), len(o.keys))
		}
		function := find(kind, textAt(at), nil)
		o.arguments = batchAt(at + 32).columnsOf(o.fields)
		put(retAt(8), newGroupMapper(adopt(function.open(o))))
	})
}

//go:wasmexport arrowbox:udf/grouped@0.1.0#[method]group-mapper.result
func groupMapperResult(self int32) int32 { return resultOf(object[*producer](self)) }

//go:wasmexport arrowbox:udf/grouped@0.1.0#[method]group-mapper.push
func groupMapperPush(self, inputs, nInputs, continued int32) int32 {
	return calling(func() {
		p := object[*producer](self)
		if int(nInputs) != len(p.inputs) {
			fail("%d inputs came where %d were opened", nInputs, len(p.inputs))
		}
		groups := make([]grouping, nInputs)
		for i := range groups {
			at := uint32(inputs) + 40*uint32(i)
			w := batchAt(at)
			groups[i] = grouping{int(w.rows), w.columnsOf(p.inputs[i]), list(at+32, 4, word)}
		}
		p.pushGroups(groups, continued != 0)
	})
}

//go:wasmexport arrowbox:udf/grouped@0.1.0#[method]group-mapper.next
func groupMapperNext(self int32) int32 { return nextRows(object[*producer](self)) }

//go:wasmexport arrowbox:udf/grouped@0.1.0#[dtor]group-mapper
func groupMapperDrop(self int32) { dropProducer(self) }

//go:wasmimport [export]arrowbox:udf/reader@0.1.0 [resource-new]table-reader
func newTableReader(rep int32) int32

//go:wasmimport [export]arrowbox:udf/reader@0.1.0 [resource-new]split-reader
func newSplitReader(rep int32) int32

//go:wasmexport arrowbox:udf/reader@0.1.0#[static]table-reader.open
func tableReaderOpen(name, nName, parameters, nParameters, data, nData int32) int32 {
	return calling(func() {
		address := gathering(pack(parameters, nParameters), pack(data, nData))
		function := find(readerKind, text(uint32(name), uint32(nName)), nil)
		put(retAt(8), newTableReader(adopt(function.open(&opening{options: optionsAt(address)}))))
	})
}

//go:wasmexport arrowbox:udf/reader@0.1.0#[method]table-reader.result
func tableReaderResult(self int32) int32 {
	return asking(func() { putSchema(retAt(0), object[reader](self).resultFields()) })
}

// filtersAt reads the filters of a request.
func filtersAt(at uint32, columns []Field) []Filter {
	type pair struct {
		column     uint32
		comparison uint8
	}
	pairs := list(at, 8, func(at uint32) pair { return pair{word(at), load[uint8](at + 4)} })
	values := batchAt(at + 16).columnsOf(schemaAt(at + 8))
	if len(values) != len(pairs) {
		fail("%d filters came with %d values", len(pairs), len(values))
	}
	filters := make([]Filter, len(pairs))
	for i, pair := range pairs {
		filters[i] = Filter{columns[pair.column].Name, Comparison(pair.comparison), values[i]}
	}
	return filters
}

func requestAt(at uint32, columns []Field) *Request {
	request := &Request{projection: list(at, 4, number), Filters: filtersAt(at+8, columns), Limit: -1}
	for _, place := range request.projection {
		if place >= len(columns) {
			fail("column %d is wanted, and the table has %d", place, len(columns))
		}
		request.Columns = append(request.Columns, columns[place].Name)
	}
	if load[uint8](at+56) != 0 {
		request.Limit = int64(load[uint64](at + 64))
	}
	return request
}

//go:wasmexport arrowbox:udf/reader@0.1.0#[method]table-reader.exactness
func tableReaderExactness(self, filters, nFilters, schema, nSchema int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		of := object[reader](self)
		at := gathering(pack(filters, nFilters), pack(schema, nSchema), uint64(rows), pack(nodes, nNodes),
			pack(buffers, nBuffers), pack(variadic, nVariadic))
		putList(retAt(8), 1, of.exactness(filtersAt(at, of.resultFields())), put[Exactness])
	})
}

//go:wasmexport arrowbox:udf/reader@0.1.0#[method]table-reader.plan
func tableReaderPlan(self, projection, nProjection, filters, nFilters, schema, nSchema int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic, limited int32, limit int64) int32 {
	return calling(func() {
		of := object[reader](self)
		at := gathering(pack(projection, nProjection), pack(filters, nFilters), pack(schema, nSchema), uint64(rows),
			pack(nodes, nNodes), pack(buffers, nBuffers), pack(variadic, nVariadic), uint64(limited), uint64(limit))
		putList(retAt(8), 56, of.plan(requestAt(at, of.resultFields())), func(at uint32, split Split) {
			putBytes(at, split.Token)
			put(at+8, split.Range != nil)
			if split.Range != nil {
				putText(at+16, split.Range.Path)
				put(at+24, split.Range.Offset)
				put(at+32, split.Range.Length)
			}
			put(at+40, split.Rows >= 0)
			put(at+48, split.Rows)
		})
	})
}

//go:wasmexport arrowbox:udf/reader@0.1.0#[method]table-reader.read
func tableReaderRead(at int32) int32 {
	return calling(func() {
		at := uint32(at)
		of := object[reader](int32(word(at)))
		split := Split{Token: bytesAt(at + 8), Rows: -1}
		if load[uint8](at+16) != 0 {
			split.Range = &Range{textAt(at + 24), load[int64](at + 32), load[int64](at + 40)}
		}
		if load[uint8](at+48) != 0 {
			split.Rows = load[int64](at + 56)
		}
		request := requestAt(at+64, of.resultFields())
		put(retAt(8), newSplitReader(adopt(of.read(split, request))))
	})
}

//go:wasmexport arrowbox:udf/reader@0.1.0#[dtor]table-reader
func tableReaderDrop(self int32) { drop(self) }

//go:wasmexport arrowbox:udf/reader@0.1.0#[method]split-reader.next
func splitReaderNext(self int32) int32 { return nextRows(object[*producer](self)) }

//go:wasmexport arrowbox:udf/reader@0.1.0#[dtor]split-reader
func splitReaderDrop(self int32) { dropProducer(self) }

//go:wasmimport [export]arrowbox:udf/writer@0.1.0 [resource-new]table-writer
func newTableWriter(rep int32) int32

//go:wasmimport [export]arrowbox:udf/writer@0.1.0 [resource-new]partition-writer
func newPartitionWriter(rep int32) int32

//go:wasmexport arrowbox:udf/writer@0.1.0#[static]table-writer.open
func tableWriterOpen(name, nName, fields, nFields, parameters, nParameters, data, nData int32) int32 {
	return openValues(writerKind, name, nName, fields, nFields, parameters, nParameters, data, nData, newTableWriter)
}

//go:wasmexport arrowbox:udf/writer@0.1.0#[method]table-writer.partition
func tableWriterPartition(self, number int32) int32 {
	return calling(func() {
		put(retAt(8), newPartitionWriter(adopt(object[writer](self).partition(uint32(number)))))
	})
}

//go:wasmexport arrowbox:udf/writer@0.1.0#[method]table-writer.commit
func tableWriterCommit(self, manifests, nManifests int32) int32 {
	return calling(func() {
		at := gathering(pack(manifests, nManifests))
		object[writer](self).commit(list(at, 8, bytesAt))
	})
}

//go:wasmexport arrowbox:udf/writer@0.1.0#[dtor]table-writer
func tableWriterDrop(self int32) { drop(self) }

//go:wasmexport arrowbox:udf/writer@0.1.0#[method]partition-writer.write
func partitionWriterWrite(self int32, rows int64, nodes, nNodes, buffers, nBuffers, variadic, nVariadic int32) int32 {
	return calling(func() {
		p := object[partition](self)
		w := flat(rows, nodes, nNodes, buffers, nBuffers, variadic, nVariadic)
		p.write(batchOf(int(rows), w.columnsOf(p.fields())))
	})
}

//go:wasmexport arrowbox:udf/writer@0.1.0#[method]partition-writer.finish
func partitionWriterFinish(self int32) int32 {
	return calling(func() { putBytes(retAt(8), object[partition](self).finish()) })
}

//go:wasmexport arrowbox:udf/writer@0.1.0#[dtor]partition-writer
func partitionWriterDrop(self int32) { drop(self) }
