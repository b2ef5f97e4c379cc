package conformance

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"arrowbox"
)

func refuseLine(line string) error {
	if line == "666" {
		return errors.New("666 is refused")
	}
	return nil
}

type textLine struct {
	Line  string
	Bytes int64
}

type textLines struct{ split int64 }

func (t textLines) Plan(*arrowbox.Request) ([]arrowbox.Split, error) {
	return arrowbox.SplitLines(t.split)
}

func (textLines) Read(split arrowbox.Split, _ *arrowbox.Request) iter.Seq2[textLine, error] {
	return func(yield func(textLine, error) bool) {
		for bytes, err := range split.Range.Lines() {
			line := string(bytes)
			if err == nil {
				err = refuseLine(line)
			}
			if !yield(textLine{line, int64(len(line))}, err) || err != nil {
				return
			}
		}
	}
}

type lineFiles struct{}

func (lineFiles) Partition(number uint32) (arrowbox.PartitionWriter, error) {
	sink, err := arrowbox.Create(fmt.Sprintf("lines/%d.csv", number))
	return &part{sink: sink}, err
}

func (lineFiles) Commit(manifests [][]byte) error {
	rows := 0
	for _, manifest := range manifests {
		of, err := strconv.Atoi(string(manifest))
		if err != nil {
			return err
		}
		rows += of
	}
	sink, err := arrowbox.Create("rows.txt")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(sink, rows); err != nil {
		return err
	}
	_, err = sink.Finish()
	return err
}

type part struct {
	sink *arrowbox.Sink
	rows int
}

func (p *part) Write(rows *arrowbox.Batch) error {
	lines, err := arrowbox.Values[arrowbox.Option[string]](rows.Columns()[0])
	if err != nil {
		return err
	}
	for _, line := range lines.Values {
		if !line.Valid {
			continue
		}
		if err := refuseLine(line.Value); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(p.sink, line.Value); err != nil {
			return err
		}
		p.rows++
	}
	return nil
}

func (p *part) Finish() ([]byte, error) {
	_, err := p.sink.Finish()
	return []byte(strconv.Itoa(p.rows)), err
}

// A reader and a writer.
func init() {
	arrowbox.Reader("text_lines", func(options *arrowbox.Options) (arrowbox.TableReader[textLine], error) {
		text, ok := options.Param("split")
		if !ok {
			text = "1000000"
		}
		split, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			err = options.Only("split")
		}
		return textLines{split}, err
	})
	arrowbox.Writer("line_files", func(_ []arrowbox.Field, options *arrowbox.Options) (arrowbox.TableWriter, error) {
		return lineFiles{}, options.Only()
	})
}
