package arrowbox

import (
	"strings"
	"unicode/utf8"
)

// Options are what the statement that made a function known said to its constructor:
// OPTIONS (param.<key> = '<value>', data.<name> = '<path>').
type Options struct {
	parameters [][2]string
	data       []Blob
}

// NewOptions makes options for a test.
func NewOptions(parameters map[string]string, data map[string][]byte) *Options {
	options := &Options{}
	for key, value := range parameters {
		options.parameters = append(options.parameters, [2]string{key, value})
	}
	for name, bytes := range data {
		options.data = append(options.data, Blob{name, bytes, true})
	}
	return options
}

// Param is the value of param.<key>, and whether there is one.
func (o *Options) Param(key string) (string, bool) {
	for _, parameter := range o.parameters {
		if parameter[0] == key {
			return parameter[1], true
		}
	}
	return "", false
}

// Params are all parameters, in the order in which they were given.
func (o *Options) Params() [][2]string { return o.parameters }

// Data is the blob data.<name>.
func (o *Options) Data(name string) (Blob, error) {
	for _, blob := range o.data {
		if blob.name == name {
			return blob, nil
		}
	}
	return Blob{}, Errorf("data.%s is missing: OPTIONS (data.%s = '<path>')", name, name)
}

// Only refuses every parameter and every blob but these, so that a misspelt one is noticed.
func (o *Options) Only(known ...string) error {
	takes := strings.Join(known, ", ")
	if len(known) == 0 {
		takes = "no options"
	}
	refuse := func(kind, name string) error {
		for _, one := range known {
			if one == name {
				return nil
			}
		}
		return Errorf("%s.%s is not known: the function takes %s", kind, name, takes)
	}
	for _, parameter := range o.parameters {
		if err := refuse("param", parameter[0]); err != nil {
			return err
		}
	}
	for _, blob := range o.data {
		if err := refuse("data", blob.name); err != nil {
			return err
		}
	}
	return nil
}

// Blob is a lookup table, the weights of a model: what data.<name> = '<path>' named.
type Blob struct {
	name  string
	bytes []byte
	local bool
}

// The most that the host gives in one call, in bytes.
const chunk = 16 << 20

// Name is that of data.<name>.
func (b Blob) Name() string { return b.name }

// Size is in bytes.
func (b Blob) Size() (int64, error) {
	if b.local {
		return int64(len(b.bytes)), nil
	}
	return host.dataSize(b.name)
}

// Bytes are all of it.
func (b Blob) Bytes() ([]byte, error) {
	if b.local {
		return b.bytes, nil
	}
	size, err := host.dataSize(b.name)
	if err != nil {
		return nil, err
	}
	all := make([]byte, size)
	for done := 0; done < len(all); {
		n, err := host.dataRead(b.name, int64(done), all[done:min(len(all), done+chunk)])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, Errorf("data.%s ended after %d of %d bytes", b.name, done, size)
		}
		done += n
	}
	return all, nil
}

// Text is all of it, as text.
func (b Blob) Text() (string, error) {
	bytes, err := b.Bytes()
	if err != nil {
		return "", err
	}
	if !utf8.Valid(bytes) {
		return "", Errorf("data.%s: it is not UTF-8", b.name)
	}
	return string(bytes), nil
}
