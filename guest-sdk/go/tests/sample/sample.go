// Package sample has functions of every kind, and every way to go wrong.
package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"arrowbox"
)

func init() {
	arrowbox.Scalar1("add_one", func(x int64) int64 { return x + 1 }, arrowbox.Doc("One more."))
	arrowbox.Scalar1("half", func(x float64) float64 { return x / 2 })
	arrowbox.Scalar1("half", func(x int64) int64 { return x / 2 })
	arrowbox.Scalar1("upper", strings.ToUpper)
	arrowbox.Scalar2("repeat", strings.Repeat)
	arrowbox.Scalar1("negated", func(x bool) bool { return !x })
	arrowbox.Scalar1("or_zero", func(x arrowbox.Option[int64]) int64 { return x.Value })
	arrowbox.Scalar1("root", func(x float64) arrowbox.Option[int64] {
		return arrowbox.Option[int64]{Value: int64(x), Valid: x >= 0}
	})
	arrowbox.ScalarN("greatest", func(values ...int64) int64 {
		most := values[0]
		for _, value := range values {
			most = max(most, value)
		}
		return most
	})
	arrowbox.TryScalar1("positive", func(x int64) (int64, error) {
		if x <= 0 {
			return 0, fmt.Errorf("a positive number is wanted, and this is %d", x)
		}
		return x, nil
	})
	arrowbox.Vector1("running_total", func(values arrowbox.Column[int64]) ([]int64, error) {
		totals := make([]int64, values.Len())
		total := int64(0)
		for i, value := range values.Values {
			if !values.IsNull(i) {
				total += value
			}
			totals[i] = total
		}
		return totals, nil
	})
	arrowbox.Vector1("too_few", func(values arrowbox.Column[int64]) ([]int64, error) { return values.Values[1:], nil })
	arrowbox.Arrays("same", []string{"*"}, func(fields []arrowbox.Field) (arrowbox.Field, error) { return fields[0], nil },
		func(rows int, arguments []*arrowbox.Array) (*arrowbox.Array, error) { return arguments[0], nil })
	arrowbox.Scalar1("total", func(values []float64) float64 {
		sum := 0.0
		for _, value := range values {
			sum += value
		}
		return sum
	})
	arrowbox.Scalar1("words", strings.Fields)
	arrowbox.Scalar2("point", func(x, y float64) Point { return Point{x, arrowbox.Option[float64]{Value: y, Valid: y != 0}} })
	arrowbox.Scalar1("x_of", func(p Point) float64 { return p.X })
	arrowbox.Scalar1("next_day", func(d arrowbox.Date) arrowbox.Date { return d + 1 })
	arrowbox.Scalar1("year_of", func(t time.Time) int64 { return int64(t.Year()) })
	arrowbox.Scalar2("later", func(t arrowbox.Timestamp, d time.Duration) arrowbox.Timestamp {
		return t + arrowbox.Timestamp(d.Microseconds())
	})
	arrowbox.Scalar1("bytes_of", func(text string) []byte { return []byte(text) })
	arrowbox.Scalar1("counts", func(text string) map[string]int64 { return map[string]int64{text: int64(len(text))} })
	arrowbox.OpenScalar1("scaled", func(options *arrowbox.Options) (func(int64) int64, error) {
		if err := options.Only("by", "table"); err != nil {
			return nil, err
		}
		by, ok := options.Param("by")
		if !ok {
			return nil, errors.New("param.by is missing")
		}
		extra := int64(0)
		if blob, err := options.Data("table"); err == nil {
			text, err := blob.Text()
			if err != nil {
				return nil, err
			}
			extra = int64(len(strings.Fields(text)))
		}
		return func(x int64) int64 { return x*int64(len(by)) + extra }, nil
	})

	arrowbox.Scalar1("divide_by", func(x int64) int64 { return 100 / x })
	arrowbox.Scalar1("beyond", func(x int64) int64 { return []int64{1, 2}[x] })
	arrowbox.Scalar1("nothing_there", func(x int64) int64 { return new(node).next.value + x })
	arrowbox.Scalar1("panics", func(x int64) int64 { panic(errors.New("as it was told")) })
	arrowbox.Scalar1("takes_all", func(x int64) int64 {
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
		}
	})
	arrowbox.Scalar1("endless", func(x int64) int64 {
		for {
			x++
		}
	})
	arrowbox.Scalar1("deep", deep)
	arrowbox.Scalar1("naps", func(ms int64) int64 {
		began := time.Now()
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return time.Since(began).Milliseconds()
	})
	arrowbox.Scalar1("by_goroutine", func(x int64) int64 {
		doubled := make(chan int64)
		go func() { doubled <- 2 * x }()
		return <-doubled
	})
	arrowbox.Scalar1("waits", func(x int64) int64 { return <-make(chan int64) })
	arrowbox.Scalar1("panics_elsewhere", func(x int64) int64 {
		go func() { panic("in a goroutine") }()
		time.Sleep(time.Second)
		return x
	})
	arrowbox.Scalar1("variable", func(name string) string { return os.Getenv(name) })
	arrowbox.Scalar1("exits", func(x int64) int64 { os.Exit(3); return x })
	arrowbox.Scalar1("logs", func(text string) string {
		arrowbox.Log(arrowbox.Warn, "said %s", text)
		fmt.Println("printed", text)
		return text
	})
	arrowbox.Scalar0("now", arrowbox.Now, arrowbox.Volatile(), arrowbox.Grants("clock"))
	arrowbox.Scalar0("dice", func() int64 { return int64(len(arrowbox.RandomBytes(70000))) }, arrowbox.Volatile(), arrowbox.Grants("random"))

	arrowbox.Aggregate1("mean", (*Mean).Update, (*Mean).Merge, (*Mean).Evaluate).Retract((*Mean).Retract)
	arrowbox.Aggregate1("joined", (*Joined).Update, (*Joined).Merge, (*Joined).Evaluate).
		Initial(func(options *arrowbox.Options) (func() Joined, error) {
			by, ok := options.Param("by")
			if !ok {
				by = ","
			}
			return func() Joined { return Joined{By: by} }, options.Only("by")
		})
	arrowbox.Window1("since", (*Since).Next)
	arrowbox.Partition1("behind_most", func(values arrowbox.Column[float64]) ([]float64, error) {
		most := 0.0
		for _, value := range values.Values {
			most = max(most, value)
		}
		behind := make([]float64, values.Len())
		for i, value := range values.Values {
			behind[i] = most - value
		}
		return behind, nil
	})
	arrowbox.Table2("explode", Explode)
	arrowbox.Table1("count_from", func(first int64) iter.Seq[int64] {
		return func(yield func(int64) bool) {
			for i := first; yield(i); i++ {
			}
		}
	})
	arrowbox.TryTable1("breaks_off", func(rows int64) iter.Seq2[int64, error] {
		return func(yield func(int64, error) bool) {
			for i := range rows {
				if i == 2 {
					yield(0, errors.New("no more than two"))
					return
				}
				if !yield(i, nil) {
					return
				}
			}
		}
	})
	arrowbox.Table1("breaks_down", func(rows int64) iter.Seq[int64] {
		return func(yield func(int64) bool) { yield(100 / (rows - rows)) }
	})
	arrowbox.MapBatches("doubled", func(batch *arrowbox.Batch) ([]int64, error) {
		x, err := arrowbox.ColumnOf[int64](batch, "x")
		doubled := make([]int64, x.Len())
		for i, value := range x.Values {
			doubled[i] = 2 * value
		}
		return doubled, err
	})
	arrowbox.OpenMapBatches("count_all", func(call *arrowbox.Call) (arrowbox.BatchMapper[Count], error) {
		name, err := arrowbox.Argument[string](call, 0)
		return &counting{name: name}, err
	})
	arrowbox.OpenMapColumns("passed_on", func(call *arrowbox.Call) (arrowbox.ColumnMapper, error) {
		return passing(call.Inputs[0]), call.Options.Only()
	})
	arrowbox.GroupedMap("spread_of", func(group *arrowbox.Group) ([]Spread, error) {
		x, err := arrowbox.ColumnOf[int64](group, "x")
		if err != nil {
			return nil, err
		}
		spread := Spread{Rows: int64(group.Len())}
		for i, value := range x.Values {
			if i == 0 {
				spread.Low, spread.High = value, value
			}
			spread.Low, spread.High = min(spread.Low, value), max(spread.High, value)
		}
		return []Spread{spread}, nil
	})
	arrowbox.CogroupedMap("sizes", func(left, right *arrowbox.Group) ([]Sizes, error) {
		return []Sizes{{int64(left.Len()), int64(right.Len())}}, nil
	})
	arrowbox.Reader("lines", func(options *arrowbox.Options) (arrowbox.TableReader[Line], error) {
		return lines{}, options.Only()
	})
	arrowbox.Writer("json_lines", func(input []arrowbox.Field, options *arrowbox.Options) (arrowbox.TableWriter, error) {
		return table{}, options.Only()
	})
}

type node struct {
	value int64
	next  *node
}

func deep(x int64) int64 {
	if x == 0 {
		return 0
	}
	return deep(x-1) + 1
}

type Point struct {
	X float64
	Y arrowbox.Option[float64]
}

type Mean struct {
	Total float64
	Count int64
}

func (m *Mean) Update(value float64)  { m.Total += value; m.Count++ }
func (m *Mean) Retract(value float64) { m.Total -= value; m.Count-- }
func (m *Mean) Merge(other *Mean)     { m.Total += other.Total; m.Count += other.Count }
func (m *Mean) Evaluate() arrowbox.Option[float64] {
	if m.Count == 0 {
		return arrowbox.None[float64]()
	}
	return arrowbox.Some(m.Total / float64(m.Count))
}

type Joined struct {
	By    string
	Parts []string
}

func (j *Joined) Update(part string)  { j.Parts = append(j.Parts, strings.Clone(part)) }
func (j *Joined) Merge(other *Joined) { j.Parts = append(j.Parts, other.Parts...) }
func (j *Joined) Evaluate() string    { return strings.Join(j.Parts, j.By) }

// Since counts the rows since the flag was set.
type Since struct {
	rows int64
	seen bool
}

func (s *Since) Next(flag bool) arrowbox.Option[int64] {
	s.rows++
	if flag {
		s.rows, s.seen = 0, true
	}
	return arrowbox.Option[int64]{Value: s.rows, Valid: s.seen}
}

type Part struct {
	Index int64
	Part  string
}

func Explode(text, delimiter string) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for i, part := range strings.Split(text, delimiter) {
			if !yield(Part{int64(i), part}) {
				return
			}
		}
	}
}

type Count struct {
	Name string
	Rows int64
}

type counting struct {
	name string
	rows int64
}

func (c *counting) Push(batch *arrowbox.Batch) ([]Count, error) {
	c.rows += int64(batch.Len())
	return nil, nil
}

func (c *counting) Finish() ([]Count, error) { return []Count{{c.name, c.rows}}, nil }

type passing []arrowbox.Field

func (p passing) Result() []arrowbox.Field                            { return p }
func (p passing) Push(batch *arrowbox.Batch) (*arrowbox.Batch, error) { return batch, nil }
func (p passing) Finish() (*arrowbox.Batch, error)                    { return nil, nil }

type Spread struct{ Low, High, Rows int64 }

type Sizes struct{ Left, Right int64 }

type Line struct {
	File   string
	Length int64
	Text   string
}

type lines struct{}

func (lines) Plan(request *arrowbox.Request) ([]arrowbox.Split, error) {
	return arrowbox.SplitLines(16)
}

func (lines) Read(split arrowbox.Split, request *arrowbox.Request) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		name := split.Range.Path[strings.LastIndex(split.Range.Path, "/")+1:]
		for line, err := range split.Range.Lines() {
			if !yield(Line{name, int64(len(line)), string(line)}, err) || err != nil {
				return
			}
		}
	}
}

type table struct{}

func (table) Partition(number uint32) (arrowbox.PartitionWriter, error) {
	sink, err := arrowbox.Create(fmt.Sprintf("part-%d.json", number))
	return &part{sink: sink}, err
}

func (table) Commit(manifests [][]byte) error {
	sink, err := arrowbox.Create("manifest.txt")
	if err != nil {
		return err
	}
	if _, err := sink.Write(bytes.Join(manifests, []byte("\n"))); err != nil {
		return err
	}
	_, err = sink.Finish()
	return err
}

type part struct {
	sink *arrowbox.Sink
	rows int
}

type record struct {
	ID   int64
	Name arrowbox.Option[string]
}

func (p *part) Write(batch *arrowbox.Batch) error {
	rows, err := arrowbox.Rows[record](batch)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(p.sink)
	for _, row := range rows {
		p.rows++
		if err := lines.Encode(row.ID); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) Finish() ([]byte, error) {
	_, err := p.sink.Finish()
	return fmt.Appendf(nil, "%d rows", p.rows), err
}
