// Package tests runs functions in Go in queries, as components: `ARROWBOX=<the command> go test`.
package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command is the one that builds and runs what is tested.
func command(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ARROWBOX")
	if path == "" {
		t.Fatal("ARROWBOX does not say where the command is: cargo xtask test does")
	}
	return path
}

func run(t *testing.T, arguments ...string) (out, said string, failed bool) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.Command(command(t), arguments...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), err != nil
}

func build(t *testing.T, project string) string {
	t.Helper()
	component := filepath.Join(t.TempDir(), "component.wasm")
	if _, said, failed := run(t, "build", project, "-o", component); failed {
		t.Fatal(said)
	}
	return component
}

const numbers = " FROM (VALUES (1), (NULL), (41), (-7)) AS t (x)"

var results = []struct{ query, rows string }{
	{"SELECT add_one(x), or_zero(x), greatest(x, 3), running_total(x)" + numbers, "2,1,3,1 ,0,, 42,41,41,42 -6,-7,3,35"},
	{"SELECT half(3), half(3.0), upper('zürich'), repeat('ab', 2), negated(true), root(4.0), root(-1.0)", "1,1.5,ZÜRICH,abab,false,4,"},
	{"SELECT upper(arrow_cast(x, 'LargeUtf8')), same(arrow_cast(x, 'LargeUtf8')) FROM (VALUES ('a'), (NULL)) AS t (x)", "A,a ,"},
	{"SELECT upper(arrow_cast(x, 'Utf8View')), same(arrow_cast(x, 'Utf8View')) FROM (VALUES ('a'), ('longer-than-twelve')) AS t (x)",
		"A,a LONGER-THAN-TWELVE,longer-than-twelve"},
	{"SELECT upper(arrow_cast(x, 'Dictionary(Int8, Utf8)')) FROM (VALUES ('a'), (NULL), ('b'), ('a')) AS t (x)", "A  B A"},
	{"SELECT total([1.0, 2.5]), words('a b  c')[2], point(1.0, 0.0)['y'], x_of(point(2.0, 3.0))", "3.5,b,,2.0"},
	{"SELECT next_day(date '2024-02-28'), year_of(timestamp '2024-02-28T00:00:00Z'), bytes_of('ab')", "2024-02-29,2024,6162"},
	{"SELECT by_goroutine(4), naps(1000), variable('HOME'), deep(1000)", "8,1000,,1000"},
	{"SELECT g, mean(x), joined(s) FROM (VALUES (1, 1.0, 'a'), (1, 3.0, 'b'), (2, NULL, NULL)) AS t (g, x, s) GROUP BY g ORDER BY g",
		"1,2.0,\"a,b\" 2,,"},
	{"SELECT mean(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1.0), (3.0), (8.0)) AS t (x)", "1.0 2.0 5.5"},
	{"SELECT since(x % 3 = 0) OVER (ORDER BY x) FROM (VALUES (1), (3), (4), (6)) AS t (x)", " 0 1 0"},
	{"SELECT behind_most(x) OVER () FROM (VALUES (1.0), (3.0)) AS t (x)", "2.0 0.0"},
	{"SELECT id, e.index, e.part FROM (VALUES (1, 'a,b'), (2, NULL), (3, 'c')) AS t (id, x), explode(t.x, ',') AS e ORDER BY 1, 2",
		"1,0,a 1,1,b 3,0,c"},
	{"SELECT count(*), sum(index) FROM generate_series(1, 30000) AS s (v), explode('a,b', ',')", "60000,30000"},
	{"SELECT count(*), sum(count_from) FROM (SELECT * FROM count_from(5) LIMIT 20000)", "20000,200090000"},
	{"SELECT sum(doubled) FROM map_batches((SELECT value AS x FROM generate_series(1, 20000)), doubled)", "400020000"},
	{"SELECT name, sum(rows) FROM map_batches((SELECT value FROM generate_series(1, 20000)), count_all, 'all') GROUP BY name", "all,20000"},
	{"SELECT count(*), sum(x), count(s) FROM map_batches((SELECT value AS x, 'a' || value AS s FROM generate_series(1, 20000)), passed_on)",
		"20000,200010000,20000"},
	{"SELECT * FROM grouped_map((SELECT value AS x, 'k' || (value % 3) AS k FROM generate_series(1, 50000)), spread_of, by => k) ORDER BY k",
		"k0,3,49998,16666 k1,1,49999,16667 k2,2,50000,16667"},
	{"SET datafusion.execution.batch_size = 131072; SELECT count(*), sum(rows) FROM grouped_map((SELECT value AS x, 'k' || value AS k " +
		"FROM generate_series(1, 150000)), spread_of, by => k)", "150000,150000"},
	{"SELECT * FROM grouped_map((SELECT value AS x, 'all' AS k, arrow_cast([value, value], 'FixedSizeList(2 x Int64)') AS f, " +
		"arrow_cast('v' || (value % 9), 'Dictionary(Int64, Utf8)') AS d FROM generate_series(1, 20000)), spread_of, by => k)", "all,1,20000,20000"},
	{"SELECT * FROM cogrouped_map((SELECT 1 AS k), (SELECT nullif(value, 2) AS k FROM generate_series(1, 2)), sizes, by => k) ORDER BY k",
		"1,1,1 ,0,1"},
	{"SELECT count(*), sum(rows) FROM grouped_map((SELECT value AS x, value % 20000 AS k FROM generate_series(1, 50000)), spread_of, by => k)",
		"20000,50000"},
	{"SELECT * FROM cogrouped_map((SELECT value % 3 AS k FROM generate_series(1, 10)), (SELECT value % 4 + 1 AS k FROM generate_series(1, 10)), " +
		"sizes, by => k) ORDER BY k", "0,3,0 1,4,2 2,3,3 3,0,3 4,0,2"},
}

var failures = []struct{ query, said string }{
	{"SELECT positive(x)" + numbers, "failed in row 3 of its batch: a positive number is wanted, and this is -7"},
	{"SELECT too_few(x)" + numbers, "too_few was given 4 rows and gave 3 values"},
	{"SELECT divide_by(x - 1)" + numbers, "failed in row 0 of its batch: runtime error: integer divide by zero (sample.go:"},
	{"SELECT beyond(5)", "index out of range [5] with length 2 (sample.go:"},
	{"SELECT nothing_there(1)", "invalid memory address or nil pointer dereference (sample.go:"},
	{"SELECT panics(1)", "panic: *errors.errorString: as it was told (sample.go:"},
	{"SELECT takes_all(1)", "function `takes_all`"},
	{"SELECT deep(10000000)", "recursed without end"},
	{"SELECT waits(1)", "all goroutines are asleep"},
	{"SELECT panics_elsewhere(1)", "panic: in a goroutine"},
	{"SELECT exits(1)", "it ended itself"},
	{"SELECT now()", "needs the grant `clock`"},
	{"SELECT scaled(3)", "param.by is missing"},
	{"SELECT total([1.0, NULL])", "make it an arrowbox.Option"},
	{"SELECT * FROM breaks_off(5)", "no more than two"},
	{"SELECT * FROM breaks_down(5)", "integer divide by zero (sample.go:"},
	{"SELECT upper(1, 2)", "cannot be called with"},
	{"SELECT * FROM map_batches((SELECT 1 AS y), doubled)", "there is no column x: there are y"},
	{"SELECT * FROM map_batches((SELECT 'a' AS x), doubled)", "the column x is Utf8, and not Int64"},
}

func TestFunctionsInQueries(t *testing.T) {
	component := build(t, "sample")
	for _, one := range results {
		out, said, failed := run(t, "sql", "--format", "csv", "--component", component, one.query)
		_, rows, _ := strings.Cut(out, "\n")
		rows = strings.ReplaceAll(strings.TrimSuffix(rows, "\n"), "\n", " ")
		rows = strings.TrimPrefix(strings.ReplaceAll(" "+rows+" ", ` "" `, "  "), " ")
		if rows = strings.TrimSuffix(rows, " "); failed || rows != one.rows {
			t.Errorf("%s\n  gave     %q\n  expected %q\n%s", one.query, rows, one.rows, said)
		}
	}
	for _, one := range failures {
		out, said, failed := run(t, "sql", "--component", component, one.query)
		if !failed || !strings.Contains(said, one.said) {
			t.Errorf("%s\n  said     %s%s\n  expected %s", one.query, out, said, one.said)
		}
	}
	_, said, failed := run(t, "sql", "--timeout", "1s", "--component", component, "SELECT endless(x)"+numbers)
	if !failed || !strings.Contains(said, "deadline") {
		t.Errorf("an endless loop: %s", said)
	}
}

func TestFilesInQueries(t *testing.T) {
	component := build(t, "sample")
	folder := t.TempDir()
	lines := "one\ntwo and more\n\nthree, which is quite a long line\nfour"
	if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	query := "CREATE EXTERNAL TABLE l STORED AS lines LOCATION '" + folder + "/a.txt'; " +
		"SELECT length, text FROM l ORDER BY length; COPY (SELECT value AS id, 'x' AS name FROM generate_series(1, 3)) TO '" +
		folder + "/out' STORED AS json_lines"
	out, said, failed := run(t, "sql", "--format", "csv", "--component", component, query)
	expected := "length,text\n0,\"\"\n3,one\n4,four\n12,two and more\n33,\"three, which is quite a long line\"\n"
	if failed || !strings.HasPrefix(strings.Replace(out, "0,\n", "0,\"\"\n", 1), expected) {
		t.Errorf("%s%s", out, said)
	}
	written, err := os.ReadFile(filepath.Join(folder, "out", "part-0.json"))
	if err != nil || string(written) != "1\n2\n3\n" {
		t.Errorf("%q %v", written, err)
	}
}

// What does not fit the memory that is there for all calls is passed, too.
func TestBlobsAndListsOfFilesCanBeLarge(t *testing.T) {
	component := build(t, "sample")
	folder := t.TempDir()
	words := filepath.Join(folder, "words")
	if err := os.WriteFile(words, []byte(strings.Repeat(strings.Repeat("long", 50)+" ", 200_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		name := fmt.Sprintf("%s-%d.txt", strings.Repeat("long", 40), i)
		if err := os.WriteFile(filepath.Join(folder, name), []byte("line"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for query, expected := range map[string]string{
		"CREATE FUNCTION scaled LANGUAGE WASM AS '" + component + "', 'scaled' OPTIONS (param.by = 'x', data.table = '" + words +
			"'); SELECT scaled(1) AS x; DROP FUNCTION scaled": "x\n200001\n",
		"CREATE EXTERNAL TABLE l STORED AS lines LOCATION '" + folder + "/*.txt'; SELECT count(*) AS x FROM l": "x\n2000\n",
	} {
		arguments := []string{"sql", "--format", "csv", "--data-dir", folder}
		if !strings.HasPrefix(query, "CREATE FUNCTION") {
			arguments = append(arguments, "--component", component)
		}
		if out, said, failed := run(t, append(arguments, query)...); failed || !strings.Contains(out, expected) {
			t.Errorf("%s%s", out, said)
		}
	}
}

// What does not build says why, and where.
func TestProjectsThatDoNotBuild(t *testing.T) {
	const head = "package f\n\nimport \"arrowbox\"\n\n"
	for name, one := range map[string]struct{ source, said string }{
		"syntax":  {head + "func init() { arrowbox.Scalar1(\"f\", }\n", "f.go:5:"},
		"types":   {head + "func init() { arrowbox.Scalar1(\"f\", func(x int64) string { return x }) }\n", "f.go:5:"},
		"missing": {head + "import \"nothing.invalid/here\"\n\nvar _ = here.X\n", "nothing.invalid/here"},
		"pointer": {head + "func init() { arrowbox.Scalar1(\"f\", func(x *int64) int64 { return *x }) }\n",
			"f: the argument a: *int64 has no type in Arrow: what can be null is an arrowbox.Option[int64]"},
		"alone": {"package f\n", "import it, and register functions"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.go")
			if err := os.WriteFile(path, []byte(one.source), 0o644); err != nil {
				t.Fatal(err)
			}
			out, said, failed := run(t, "build", path)
			if !failed || !strings.Contains(said, one.said) {
				t.Errorf("%s%s\n  expected %s", out, said, one.said)
			}
		})
	}
}
