package arrowbox

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Error is an error whose words alone reach whoever sent the query, with the row where there is one. Any error that a
// function returns does; panic with an *Error where there is nothing to return it with.
type Error struct {
	Message string
	// Row of the batch, counted from zero; negative if none is named.
	Row int
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an error that names no row.
func Errorf(format string, arguments ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, arguments...), Row: -1}
}

// fail ends the call: the nearest export catches it.
func fail(format string, arguments ...any) { panic(Errorf(format, arguments...)) }

// failAt ends the call with an error that a function returned for a row.
func failAt(row int, err error) { panic(at(row, err)) }

func at(row int, err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		if own.Row < 0 {
			own.Row = row
		}
		return &Error{Message: err.Error(), Row: own.Row}
	}
	return &Error{Message: err.Error(), Row: row}
}

// check ends the call if there is an error.
func check(err error) {
	if err != nil {
		failAt(-1, err)
	}
}

// caught makes an error of what recover gave. It has to be called by the function that was deferred. row is the one
// that was computed, or negative.
func caught(thrown any, row int) *Error {
	err := errorOf(thrown, row)
	err.Message = crossing(err.Message)
	return err
}

// crossing are words as they can cross: text is UTF-8 there.
func crossing(words string) string { return strings.ToValidUTF8(words, "\uFFFD") }

func errorOf(thrown any, row int) *Error {
	switch thrown := thrown.(type) {
	case *Error:
		return at(row, thrown)
	case *located:
		return &Error{Message: thrown.message, Row: max(thrown.row, row)}
	case runtime.Error:
		return &Error{Message: thrown.Error() + place(), Row: row}
	case error:
		return &Error{Message: fmt.Sprintf("panic: %T: %v%s", thrown, thrown, place()), Row: row}
	default:
		return &Error{Message: fmt.Sprintf("panic: %v%s", thrown, place()), Row: row}
	}
}

// located is a panic whose place was found before it left its goroutine.
type located struct {
	message string
	row     int
}

func relocate(row *int) {
	if thrown := recover(); thrown != nil {
		err := caught(thrown, *row)
		panic(&located{err.Message, err.Row})
	}
}

// place is where the panic that is being recovered from began, in the author's own source.
func place() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	thrown := false
	for {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" {
			thrown = true
		} else if thrown && isAuthors(frame) {
			return fmt.Sprintf(" (%s:%d)", path.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// project is the module that is being built: the build says it.
var project string

// isAuthors tells a frame of the author's from those of Go, of this package and of other modules.
func isAuthors(frame runtime.Frame) bool {
	name := frame.Function
	if project == "" {
		return !strings.HasPrefix(name, "runtime.") && (!strings.HasPrefix(name, "arrowbox.") ||
			strings.HasSuffix(frame.File, "_test.go"))
	}
	return strings.HasPrefix(name, "main.") || strings.HasPrefix(name, project+".") ||
		strings.HasPrefix(name, project+"/")
}
