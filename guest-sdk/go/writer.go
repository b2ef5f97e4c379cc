package arrowbox

// TableWriter puts a table somewhere: one for each partition, and one that commits.
type TableWriter interface {
	// Begins a partition. No other has the number.
	Partition(number uint32) (PartitionWriter, error)
	// Has what each partition said at its end, in the order of their numbers. It can create more files, such as a manifest.
	Commit(manifests [][]byte) error
}

// PartitionWriter writes the rows of one partition.
type PartitionWriter interface {
	Write(batch *Batch) error
	// Ends the partition and says what Commit needs to know.
	Finish() ([]byte, error)
}

// Writer registers a writer, which is made with the columns of the table and the options of the statement.
func Writer(name string, open func(input []Field, options *Options) (TableWriter, error), settings ...Setting) {
	f := &function{name: name, kind: writerKind, called: true, anything: true}
	f.open = func(o *opening) any {
		table, err := open(o.fields, o.options)
		check(err)
		return &tableWriting{o.fields, table}
	}
	register(f, settings)
}

type tableWriting struct {
	columns []Field
	table   TableWriter
}

func (w *tableWriting) partition(number uint32) partition {
	made, err := w.table.Partition(number)
	check(err)
	return &partitionWriting{w.columns, made}
}

func (w *tableWriting) commit(manifests [][]byte) { check(w.table.Commit(manifests)) }

type partitionWriting struct {
	columns   []Field
	partition PartitionWriter
}

func (w *partitionWriting) fields() []Field { return w.columns }

func (w *partitionWriting) write(batch *Batch) { check(w.partition.Write(batch)) }

func (w *partitionWriting) finish() []byte {
	manifest, err := w.partition.Finish()
	check(err)
	return manifest
}

// Sink is a file that a writer makes. It is seen when all is done.
type Sink struct {
	path   string
	handle int32
	done   bool
}

// Create begins a file below the location of the table. The path is of names between / that do not begin with a dot.
func Create(path string) (*Sink, error) {
	handle, err := host.create(path)
	if err != nil {
		return nil, err
	}
	return &Sink{path: path, handle: handle}, nil
}

// Write writes bytes, as io.Writer does.
func (s *Sink) Write(bytes []byte) (int, error) {
	if s.done {
		return 0, Errorf("%s has ended already", s.path)
	}
	if len(bytes) == 0 {
		return 0, nil
	}
	if err := host.write(s.handle, bytes); err != nil {
		return 0, err
	}
	return len(bytes), nil
}

// Finish ends the file and says how many bytes it has. A file that was not finished is not there.
func (s *Sink) Finish() (int64, error) {
	if s.done {
		return 0, Errorf("%s has ended already", s.path)
	}
	s.done = true
	return host.finish(s.handle)
}
