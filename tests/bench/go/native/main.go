// Runs the functions without a component: `native <folder>`.
//
// Each line that comes is a function and how many rounds it is to run over the columns that lie in the folder; each line
// that goes is how many nanoseconds that took. The first one says what runs. The result lies beside the columns.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"
	"unsafe"

	"bench"
	geometricmean "geometric-mean"
)

// Each gives the values of its result.
var runs = map[string]func(columns [][]byte) []byte{
	"add_one": func(columns [][]byte) []byte {
		x := values[int64](columns[0])
		results := make([]int64, len(x))
		for i := range results {
			results[i] = bench.AddOne(x[i])
		}
		return bytes(results)
	},
	"gcd": func(columns [][]byte) []byte {
		a, b := values[int64](columns[0]), values[int64](columns[1])
		results := make([]int64, len(a))
		for i := range results {
			results[i] = bench.GCD(a[i], b[i])
		}
		return bytes(results)
	},
	"upper": func(columns [][]byte) []byte {
		offsets, text := values[int32](columns[0]), columns[1]
		ends := make([]int32, len(offsets))
		results := make([]byte, 0, len(text))
		for i := range offsets[1:] {
			row := text[offsets[i]:offsets[i+1]]
			results = append(results, bench.Upper(unsafe.String(unsafe.SliceData(row), len(row)))...)
			ends[i+1] = int32(len(results))
		}
		return results
	},
	"geometric_mean": func(columns [][]byte) []byte {
		state := geometricmean.One()
		for _, x := range values[float64](columns[0]) {
			state.Update(x)
		}
		return bytes([]float64{state.Mean().Value})
	},
}

type number interface{ int32 | int64 | float64 }

// values sees bytes as what lies there.
func values[T number](bytes []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(bytes))), len(bytes)/int(unsafe.Sizeof(one)))
}

// bytes sees values as where they lie.
func bytes[T number](values []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one)))
}

// file reads a column, at a multiple of the width of any value.
func file(path string) []byte {
	read, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	column := bytes(make([]int64, (len(read)+7)/8))[:len(read)]
	copy(column, read)
	return column
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: native <folder>")
	}
	fmt.Println(runtime.Version())
	for {
		var name string
		var rounds int
		if _, err := fmt.Scanln(&name, &rounds); err != nil {
			return
		}
		folder := filepath.Join(os.Args[1], name)
		paths, _ := filepath.Glob(filepath.Join(folder, "argument-*"))
		var columns [][]byte
		for _, path := range paths {
			columns = append(columns, file(path))
		}
		var result []byte
		run := runs[name]
		began := time.Now()
		for range rounds {
			result = run(columns)
		}
		took := time.Since(began)
		if err := os.WriteFile(filepath.Join(folder, "result"), result, 0o600); err != nil {
			log.Fatal(err)
		}
		fmt.Println(took.Nanoseconds())
	}
}
