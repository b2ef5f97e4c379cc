package main

import (
	"bytes"
	"os"
	"testing"
)

func TestWhatIsKeptIsWhatIsGenerated(t *testing.T) {
	written, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("../../arity.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, kept) {
		t.Error("arity.go is not what this package writes: run `go generate`")
	}
}
