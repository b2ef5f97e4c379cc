package conformance

import (
	"errors"
	"strings"
	"unicode/utf8"

	"arrowbox"
)

// refuse is what functions of every kind say of this number.
func refuse(value int64) error {
	if value == 666 {
		return errors.New("666 is refused")
	}
	return nil
}

func must(err error) {
	if err != nil {
		panic(arrowbox.Errorf("%v", err))
	}
}

type total struct {
	Sum, Count int64
}

func (t *total) update(value int64) {
	must(refuse(value))
	t.Sum += value
	t.Count++
}

func (t *total) retract(value int64) { t.Sum -= value; t.Count-- }

func (t *total) merge(other *total) { t.Sum += other.Sum; t.Count += other.Count }

func (t *total) evaluate() arrowbox.Option[int64] {
	return arrowbox.Option[int64]{Value: t.Sum, Valid: t.Count > 0}
}

type longest struct {
	Text  string
	There bool
}

func (l *longest) update(text string) {
	more := utf8.RuneCountInString(text) - utf8.RuneCountInString(l.Text)
	if !l.There || more > 0 || more == 0 && text < l.Text {
		l.Text, l.There = strings.Clone(text), true
	}
}

func (l *longest) merge(other *longest) {
	if other.There {
		l.update(other.Text)
	}
}

func (l *longest) evaluate() arrowbox.Option[string] {
	return arrowbox.Option[string]{Value: l.Text, Valid: l.There}
}

type texts struct {
	Text string
}

func (t *texts) update(text string) { t.Text += text + ";" }
func (t *texts) merge(other *texts) { t.Text += other.Text }
func (t *texts) evaluate() string   { return t.Text }

type balance struct {
	Sum int64
}

func numberOf(value arrowbox.Option[int64]) int64 {
	if !value.Valid {
		return -1
	}
	return value.Value
}

func (b *balance) update(value arrowbox.Option[int64])  { b.Sum += numberOf(value) }
func (b *balance) retract(value arrowbox.Option[int64]) { b.Sum -= numberOf(value) }
func (b *balance) merge(other *balance)                 { b.Sum += other.Sum }
func (b *balance) evaluate() int64                      { return b.Sum }

func (t *texts) list(text arrowbox.Option[string]) {
	if !text.Valid {
		text.Value = "-"
	}
	t.update(text.Value)
}

// Aggregates.
func init() {
	arrowbox.Aggregate1("total", (*total).update, (*total).merge, (*total).evaluate).Retract((*total).retract)
	arrowbox.Aggregate1("longest", (*longest).update, (*longest).merge, (*longest).evaluate)
	arrowbox.Aggregate1("joined", (*texts).update, (*texts).merge, (*texts).evaluate)
	arrowbox.Aggregate1("balance", (*balance).update, (*balance).merge, (*balance).evaluate).Retract((*balance).retract)
	arrowbox.Aggregate1("listed", (*texts).list, (*texts).merge, (*texts).evaluate)
}
