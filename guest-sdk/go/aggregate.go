package arrowbox

// Aggregation is an aggregate function that was registered: S is what is known of the rows of one group, with a column
// for each of its exported fields.
type Aggregation[S any] struct {
	name     string
	function *function
	codecs   []codec
	kept     codec
	result   codec
	initial  func(*Options) (func() S, error)
	update   func() updates[S]
	retract  func() updates[S]
	merge    func(*S, *S)
	evaluate func([]S) *Array
}

// updates adds rows to the states of their groups.
type updates[S any] func(c *call, of []uint32, states []S)

func aggregateOf[S any](a *Aggregation[S], settings []Setting) *Aggregation[S] {
	a.kept = must[S](a.name, "the state")
	a.initial = func(options *Options) (func() S, error) {
		return func() (zero S) { return }, options.Only()
	}
	a.function = &function{
		name: a.name, kind: aggregateKind, arguments: named(a.codecs), result: []Field{a.result.field().named(a.name)},
		called: anyNullable(a.codecs),
	}
	a.function.result[0].Nullable = true
	a.function.open = func(o *opening) any {
		made := &states[S]{Aggregation: a, fields: o.fields, identity: opened(a.initial, o.options), updates: a.update()}
		if a.retract != nil {
			made.retracts = a.retract()
		}
		return made
	}
	register(a.function, settings)
	return a
}

// states are those of the groups of one place in a query.
type states[S any] struct {
	*Aggregation[S]
	fields   []Field
	identity func() S
	updates  updates[S]
	retracts updates[S]
	all      []S
}

func (s *states[S]) argumentFields() []Field { return s.fields }
func (s *states[S]) argumentCodecs() []codec { return s.codecs }
func (s *states[S]) resultField() Field      { return s.function.result[0] }
func (s *states[S]) stateFields() []Field    { return rowFields(s.kept, "state") }
func (s *states[S]) retractable() bool       { return s.retracts != nil }
func (s *states[S]) count() int              { return len(s.all) }
func (s *states[S]) private() bool           { return arePrivate(s.codecs) }

func (s *states[S]) grow(count int) {
	for len(s.all) < count {
		s.all = append(s.all, s.identity())
	}
}

func (s *states[S]) update(c *call, of groups, retract bool) {
	s.grow(of.count)
	if retract {
		s.retracts(c, of.ids, s.all)
	} else {
		s.updates(c, of.ids, s.all)
	}
}

func (s *states[S]) merge(columns []*Array, rows int, of groups) {
	s.grow(of.count)
	others := rowsOf[S](s.kept, columns, rows)
	for i, id := range of.ids {
		s.Aggregation.merge(&s.all[id], &others[i])
	}
}

func (s *states[S]) convert(c *call) []*Array {
	made := make([]S, c.rows)
	for i := range made {
		made[i] = s.identity()
	}
	ids := make([]uint32, c.rows)
	for i := range ids {
		ids[i] = uint32(i)
	}
	s.updates(c, ids, made)
	return rowColumns(s.kept, made)
}

// forget gives the first n states and goes on with the others, elsewhere: what was given stays as it is.
func (s *states[S]) forget(n int) []S {
	first := s.all[:n:n]
	s.all = append([]S(nil), s.all[n:]...)
	return first
}

func (s *states[S]) state(n int) []*Array { return rowColumns(s.kept, s.forget(n)) }

func (s *states[S]) evaluate(n int, keep bool) *Array {
	if keep {
		return s.Aggregation.evaluate(append([]S(nil), s.all[:n]...))
	}
	return s.Aggregation.evaluate(s.forget(n))
}

// evaluating gives the results of states.
func evaluating[S, R any](result codec, evaluate func(*S) R) func([]S) *Array {
	return func(states []S) *Array {
		results := make([]R, len(states))
		for i := range states {
			results[i] = evaluate(&states[i])
		}
		return stored(result, results)
	}
}
