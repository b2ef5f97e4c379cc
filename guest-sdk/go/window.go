package arrowbox

// Windowing is a window function that was registered: S is what it knows of the rows of a partition so far.
type Windowing[S any] struct {
	name     string
	function *function
	codecs   []codec
	result   codec
	initial  func(*Options) (func() S, error)
	// Goes on with the next rows.
	next func() func(c *call, state *S) *Array
}

// Initial says what each partition begins with, if that is not the zero value. It is made with options.
func (w *Windowing[S]) Initial(open func(*Options) (func() S, error)) *Windowing[S] {
	w.initial = open
	return w
}

func windowOf[S any](w *Windowing[S], settings []Setting) *Windowing[S] {
	w.initial = func(options *Options) (func() S, error) {
		return func() (zero S) { return }, options.Only()
	}
	w.function = windowFunction(w.name, w.codecs, w.result)
	w.function.open = func(o *opening) any {
		return &partitions[S]{Windowing: w, fields: o.fields, begin: opened(w.initial, o.options), rows: w.next()}
	}
	register(w.function, settings)
	return w
}

func windowFunction(name string, codecs []codec, result codec) *function {
	f := &function{
		name: name, kind: windowKind, arguments: named(codecs), result: []Field{result.field().named(name)},
		called: anyNullable(codecs),
	}
	f.result[0].Nullable = true
	return f
}

// partitions go from row to row.
type partitions[S any] struct {
	*Windowing[S]
	fields []Field
	begin  func() S
	rows   func(c *call, state *S) *Array
	state  S
}

func (p *partitions[S]) argumentFields() []Field { return p.fields }
func (p *partitions[S]) argumentCodecs() []codec { return p.codecs }
func (p *partitions[S]) resultField() Field      { return p.function.result[0] }
func (p *partitions[S]) incremental() bool       { return true }

func (p *partitions[S]) evaluate(c *call) *Array { return p.push(c, true) }

func (p *partitions[S]) push(c *call, first bool) *Array {
	if first {
		p.state = p.begin()
	}
	return c.finish(p.rows(c, &p.state))
}

// whole is a window function of whole partitions.
type whole struct {
	fields []Field
	codecs []codec
	result Field
	loop   func(c *call) *Array
}

func (w *whole) argumentFields() []Field { return w.fields }
func (w *whole) argumentCodecs() []codec { return w.codecs }
func (w *whole) resultField() Field      { return w.result }
func (w *whole) incremental() bool       { return false }

func (w *whole) evaluate(c *call) *Array {
	for i, column := range c.columns {
		c.columns[i] = column.spread(c.rows)
	}
	return c.finish(w.loop(c))
}

func (w *whole) push(*call, bool) *Array {
	fail("%s takes whole partitions", w.result.Name)
	return nil
}

func partitionOf(name string, codecs []codec, result codec, settings []Setting, open func(*Options) func(*call) *Array) {
	f := windowFunction(name, codecs, result)
	f.open = func(o *opening) any { return &whole{o.fields, codecs, f.result[0], open(o.options)} }
	register(f, settings)
}
