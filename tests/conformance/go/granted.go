package conformance

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"arrowbox"
)

// Options, data and grants.
func init() {
	arrowbox.OpenScalar1("times", func(options *arrowbox.Options) (func(int64) int64, error) {
		if err := options.Only("by"); err != nil {
			return nil, err
		}
		text, ok := options.Param("by")
		if !ok {
			text = "1"
		}
		by, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("param.by is no number: %s", text)
		}
		return func(x int64) int64 { return x * by }, nil
	})
	arrowbox.OpenScalar1("censored", func(options *arrowbox.Options) (func(string) string, error) {
		if err := options.Only("words"); err != nil {
			return nil, err
		}
		data, err := options.Data("words")
		if err != nil {
			return nil, errors.New("data.words is missing")
		}
		text, err := data.Text()
		words := strings.Fields(text)
		return func(text string) string {
			for _, word := range words {
				text = strings.ReplaceAll(text, word, "***")
			}
			return text
		}, err
	})
	arrowbox.Scalar0("this_year", func() int64 { return 1970 + arrowbox.Now()/31_556_952_000_000_000 },
		arrowbox.Volatile(), arrowbox.Grants("clock"))
	arrowbox.Scalar1("drawn", func(bytes int64) int64 { return int64(len(arrowbox.RandomBytes(int(bytes)))) },
		arrowbox.Volatile(), arrowbox.Grants("random"))
}
