package explode

import (
	"slices"
	"testing"
)

func parts(t *testing.T, text, delimiter string) (found []string, failed error) {
	t.Helper()
	for part, err := range Explode(text, delimiter) {
		if err != nil {
			return found, err
		}
		if found = append(found, part.Part); part.Index != int64(len(found)) {
			t.Errorf("%q is the part %d", part.Part, part.Index)
		}
	}
	return found, nil
}

func TestParts(t *testing.T) {
	for _, one := range []struct {
		text, delimiter string
		expected        []string
	}{
		{"a,b,c", ",", []string{"a", "b", "c"}}, {"a", ",", []string{"a"}}, {"", ",", []string{""}},
		{",a,", ",", []string{"", "a", ""}}, {"zürich, 東京", ", ", []string{"zürich", "東京"}},
	} {
		if found, err := parts(t, one.text, one.delimiter); err != nil || !slices.Equal(found, one.expected) {
			t.Errorf("%q has %q %v", one.text, found, err)
		}
	}
	if _, err := parts(t, "a", ""); err == nil {
		t.Error("an empty delimiter is no error")
	}
}
