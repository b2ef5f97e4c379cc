package arrowbox

import (
	"bufio"
	"bytes"
	"io"
	"iter"
)

// File is one that a reader was given.
type File struct {
	// Names the file; for people, too.
	Path string
	// In bytes.
	Size int64
}

// Files are those at the locations of the table that is read, in the order of their paths, and no others.
func Files() ([]File, error) { return host.files() }

// ReadAt reads from offset on, as io.ReaderAt does.
func (f File) ReadAt(into []byte, offset int64) (int, error) {
	done := 0
	for done < len(into) {
		n, err := host.readFile(f.Path, offset+int64(done), into[done:min(len(into), done+chunk)])
		done += n
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.EOF
		}
	}
	return done, nil
}

// Reader reads all of the file.
func (f File) Reader() io.Reader { return io.NewSectionReader(f, 0, f.Size) }

// Split cuts the file into parts of about so many bytes.
func (f File) Split(size int64) []Split {
	if size <= 0 {
		fail("splits of %d bytes have no end", size)
	}
	var splits []Split
	for offset := int64(0); offset < f.Size; offset += size {
		splits = append(splits, Split{Range: &Range{f.Path, offset, min(size, f.Size-offset)}, Rows: -1})
	}
	return splits
}

// SplitLines cuts all files into parts of about so many bytes, for a reader of lines.
func SplitLines(size int64) ([]Split, error) {
	files, err := Files()
	var splits []Split
	for _, file := range files {
		splits = append(splits, file.Split(size)...)
	}
	return splits, err
}

// Lines are the lines that begin in a part of a file, the last of them to its end. They come without the `\n` that ends
// them; `\r` before it belongs to the line. A line is valid until the next one.
func (r Range) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file := File{Path: r.Path}
		begin := r.Offset
		if begin > 0 {
			// The line that begins before is that of the part before, unless it ends right there.
			begin--
		}
		lines := bufio.NewReaderSize(&following{file, begin}, 1<<16)
		at := begin
		next := func() ([]byte, error) {
			var whole []byte
			for {
				part, err := lines.ReadSlice('\n')
				at += int64(len(part))
				if err == bufio.ErrBufferFull {
					whole = append(whole, part...)
					continue
				}
				if len(whole) > 0 {
					part = append(whole, part...)
				}
				return part, err
			}
		}
		if r.Offset > 0 {
			if _, err := next(); err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
		}
		for at < r.Offset+r.Length {
			line, err := next()
			if err != nil && err != io.EOF {
				yield(nil, err)
				return
			}
			if len(line) > 0 {
				line = bytes.TrimSuffix(line, []byte{'\n'})
				if !yield(line, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// following reads a file from a place on.
type following struct {
	file File
	at   int64
}

func (f *following) Read(into []byte) (int, error) {
	n, err := host.readFile(f.file.Path, f.at, into)
	f.at += int64(n)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}
