// Package explode has the parts of texts: a table function, which gives rows for each row.
package explode

import (
	"errors"
	"iter"
	"strings"

	"arrowbox"
)

func init() {
	arrowbox.TryTable2("explode", Explode, arrowbox.Doc(
		"The parts of a text between delimiters, in their order: `index`, from one, and `part`.\n\n"+
			"A text without a delimiter is one part, an empty one too; parts can be empty. Null has no parts."))
}

// Part is a part of a text.
type Part struct {
	// Its place among the parts of its text, from one.
	Index int64
	// What is between two delimiters.
	Part string
}

// Explode gives the parts of a text between delimiters.
func Explode(text, delimiter string) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		if delimiter == "" {
			yield(Part{}, errors.New("the delimiter is empty: nothing is between two of them"))
			return
		}
		index := int64(1)
		for part := range strings.SplitSeq(text, delimiter) {
			if !yield(Part{index, part}, nil) {
				return
			}
			index++
		}
	}
}
