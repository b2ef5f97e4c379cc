#!/bin/sh
# Builds sample.c and sample.cpp, and runs their functions in queries: check.sh <arrowbox> [<reference.wasm of the Rust SDK>]
arrowbox=$(realpath "$1") reference=${2:+$(realpath "$2")} here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d) ARROWBOX_DATA_DIR=$folder/home && export ARROWBOX_DATA_DIR && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
cp "$here/sample.c" "$here/sample.cpp" . || exit 1
"$arrowbox" build sample.c -o "$folder/c.wasm" >/dev/null && "$arrowbox" build sample.cpp -o "$folder/cpp.wasm" >/dev/null || exit 1
component=$folder/c.wasm
passed=0 failed=0

run() { "$arrowbox" sql --format csv --component "$component" "$@" 2>err | tail -n +2 >rows; }
count() { if [ "$1" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; shift 2; printf '%s\n' "$@"; fi; }
gives() { # query, rows with blanks between them
    run "$1"
    found=$(sed 's/^""$//' rows | tr '\n' ' ' | sed 's/ $//')
    [ "$found" = "$2" ] && count yes || count no "$1" "  found:    $found" "  expected: $2" "$(head -5 err)"
}
fails() { # query, texts that the error has
    query=$1
    run "$query"
    all=yes
    for text in "$@"; do [ "$text" = "$query" ] || grep -qiF -- "$text" err || all=no; done
    [ $all = yes ] && count yes || count no "$query" "  error:" "$(head -8 err)"
}
same() { # query, in Rust and here
    run "$1" && mv rows ours
    "$arrowbox" sql --format csv --component "$reference" "$1" 2>>err | tail -n +2 >theirs
    [ -s ours ] && cmp -s ours theirs && count yes || count no "$1" "$(diff ours theirs | head -6)" "$(head -5 err)"
}

numbers="FROM (VALUES (1), (NULL), (41), (-7)) AS t (x)"
gives "SELECT add_one(x) $numbers" "2  42 -6"
gives "SELECT add_one(NULL), add_one(41)" ",42"
gives "SELECT gcd(a, b) FROM (VALUES (12, 18), (-12, 18), (4, NULL), (1071, 462)) AS t (a, b)" "6 6  21"
gives "SELECT gcd(a, 12) FROM (VALUES (18), (NULL), (5)) AS t (a)" "6  1"
gives "SELECT round(haversine(0.0, 0.0, 90.0, 0.0), 3)" "10007.557"
gives "SELECT collatz(x) FROM (VALUES (27), (1)) AS t (x)" "111 0"
gives "SELECT upper(x) FROM (VALUES ('abc'), (NULL), (''), ('zürich')) AS t (x)" "ABC   ZüRICH"
for t in Utf8 LargeUtf8 Utf8View "Dictionary(Int8, Utf8)" "Dictionary(Int32, LargeUtf8)"; do
    gives "SELECT upper(arrow_cast(x, '$t')) FROM (VALUES ('short'), (NULL), ('longer than twelve')) AS t (x)" \
        "SHORT  LONGER THAN TWELVE"
    gives "SELECT same(arrow_cast(x, '$t')), copied(arrow_cast(x, '$t')) FROM (VALUES ('short'), (NULL), ('longer than twelve')) AS t (x)" \
        "short,short , longer than twelve,longer than twelve"
done
gives "SELECT sub_str(x, 2, 3) FROM (VALUES ('zürich'), ('a'), (NULL)) AS t (x)" "üri  "
gives "SELECT root(x) FROM (VALUES (4.0), (-1.0), (NULL)) AS t (x)" "2.0  "
gives "SELECT describe(a, b, c) FROM (VALUES (1, 'x', true), (NULL, NULL, false), (2, '', NULL)) AS t (a, b, c)" \
    "some:1 some:x yes none:0 none: no "
gives "SELECT is_even(arrow_cast(x, 'Int32')) FROM (VALUES (1), (2), (NULL), (4)) AS t (x)" "false true  true"
gives "SELECT half(arrow_cast(3, 'Float32')), half(7)" "1.5,3"
gives "SELECT count_nulls(x, 1, NULL), count_nulls(x) $numbers" "1,0 2,1 1,0 1,0"
gives "SELECT array_to_string(up_to(x), '-'), array_length(up_to(x)) FROM (VALUES (3), (NULL), (0)) AS t (x)" '1-2-3,3 , ,0'
gives "SELECT sum(n) FROM (SELECT unnest(up_to(value)) AS n FROM range(1, 101))" "171700"
for t in Int8 Int16 UInt8 UInt64 Float32 Date32 "Timestamp(Microsecond, None)" "Decimal128(10, 2)" "Decimal256(40, 2)" "Duration(Second)" ; do
    gives "SELECT count(*) FROM (SELECT arrow_cast(value, '$t') AS v FROM range(0, 100)) WHERE same(v) <> v OR copied(v) <> v OR same(v) IS NULL" "0"
done
json() { "$arrowbox" sql --format ndjson --component "$component" "$1" 2>err; }
for v in "[value, NULL, 3]" "struct(value, 'a', [true, false])" "MAP {'a': value, 'b': 2}" \
    "arrow_cast([value, 2], 'FixedSizeList(2, Int64)')" "arrow_cast([value, 2], 'LargeList(Int64)')" \
    "arrow_cast('abc', 'Binary')" "[['a', NULL], []]" "[struct(value, NULL)]" "NULL" "true" "value % 3 = 0"; do
    query() { echo "SELECT $1(v) AS v, $1(CASE WHEN value % 3 = 0 THEN v END) AS w FROM (SELECT $v AS v, value FROM range(0, 20)) ORDER BY value"; }
    json "$(query '')" >plain
    for f in same copied; do
        json "$(query $f)" >rows
        [ -s rows ] && cmp -s rows plain && count yes || count no "$f $v" "$(diff rows plain | head -5)" "$(head -3 err)"
    done
done

if [ -n "$reference" ]; then
    same "SELECT sum(add_one(value)), sum(gcd(value, value * 7 + 12)), sum(collatz(value)) FROM range(0, 100000)"
    same "SELECT add_one(CASE WHEN value % 5 = 0 THEN NULL ELSE value END) AS x FROM range(0, 20000) ORDER BY value"
    same "SELECT round(haversine(value / 10.0, 8.5, 40.7, value / 5.0), 9) FROM range(0, 900) ORDER BY value"
    same "SELECT upper(concat('row ', value)), sub_str(concat('zürich ', value), 3, value % 9) FROM range(0, 30000) ORDER BY value"
    same "SELECT upper(CASE WHEN value % 7 < 3 THEN NULL ELSE concat('row ', value) END) AS x FROM range(0, 30000) ORDER BY value"
fi

gives "SELECT weighted_mean(x, w) FROM (VALUES (1.0, 1.0), (4.0, 2.0), (NULL, 5.0)) AS t (x, w)" "3.0"
gives "SELECT k, weighted_mean(x, 1.0) FROM (SELECT value % 3 AS k, CAST(value AS DOUBLE) AS x FROM range(0, 30000)) GROUP BY k ORDER BY k" \
    "0,14998.5 1,14999.5 2,15000.5"
gives "SELECT count(*), sum(m) FROM (SELECT value % 10000 AS k, weighted_mean(CAST(value AS DOUBLE), 2.0) AS m FROM range(0, 100000) GROUP BY value % 10000)" \
    "10000,499995000.0"
gives "SELECT weighted_mean(x, 1.0) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1.0), (3.0), (5.0)) AS t (x)" "1.0 2.0 4.0"
gives "SELECT k, longest(x) FROM (VALUES (1, 'a'), (2, NULL), (1, 'ccc'), (1, 'bb')) AS t (k, x) GROUP BY k ORDER BY k" "1,ccc 2,"
gives "SELECT length(longest(x)) FROM (SELECT repeat('x', value % 501) AS x, value FROM range(0, 50000))" "500"
gives "SELECT running_sum(x) OVER (ORDER BY x) FROM (VALUES (1), (2), (5)) AS t (x)" "1 3 8"
gives "SELECT max(s) FROM (SELECT running_sum(value) OVER (PARTITION BY value % 2 ORDER BY value) AS s FROM range(0, 40000))" "400000000"
gives "SELECT centered(x) OVER () FROM (VALUES (1.0), (2.0), (6.0)) AS t (x)" "-2.0 -1.0 3.0"
gives "SELECT * FROM count_from(5) LIMIT 3" "5 6 7"
gives "SELECT count(*), sum(n), count(label) FROM many(200000)" "200000,19999900000,133333"
gives "SELECT t.x, count(*), max(m.n) FROM (VALUES (3), (NULL), (70000)) AS t (x), many(t.x) AS m GROUP BY t.x ORDER BY t.x" "3,3,2 70000,70000,69999"

seq 1 50000 | awk 'BEGIN {print "k,v,s"} {print $1 % 7 "," $1 ",text " $1}' >t.csv
table="CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 't.csv' OPTIONS ('format.has_header' 'true');"
gives "$table SELECT count(*), sum(v), min(s) FROM map_batches(TABLE t, pass_on)" "50000,1250025000,text 1"
gives "$table SELECT * FROM map_batches(TABLE t, count_all, parallelism => 1)" "50000"
gives "$table SELECT * FROM grouped_map(TABLE t, range_of, by => k) ORDER BY k LIMIT 2" "0,7,49994,7142 1,1,49995,7143"
gives "$table SELECT count(*), sum(n) FROM grouped_map(TABLE t, range_of, by => s)" "50000,50000"
gives "$table SELECT * FROM cogrouped_map(TABLE t, (SELECT k + 1 AS k FROM t), surplus, by => k) ORDER BY k" "0,7142 1,1 2,0 3,0 4,0 5,0 6,0 7,-7143" 
printf 'one\ntwo\n\nfour\r\nlast' >a.txt && seq 1 5000 >b.txt
mkdir in && mv a.txt b.txt in/
files="CREATE EXTERNAL TABLE l STORED AS lines LOCATION 'in/';"
gives "$files SELECT count(*), sum(length), min(line) FROM l" "5005,18908,"
gives "$files SELECT length, count(*) FROM l WHERE length > 3 GROUP BY length ORDER BY length" "4,4002 5,1"
gives "$files SELECT count(*) FROM l" "5005"
gives "$files SELECT count(*) FROM (SELECT length, line FROM l WHERE length = 3 LIMIT 10)" "10"
run "COPY (SELECT concat('line ', value) FROM range(0, 100000)) TO 'out' STORED AS text_files"
[ "$(cat out/part-*.txt | sort -u | wc -l)" = 100000 ] && grep -q 'rows in' out/manifest.txt && count yes || count no "text_files" "$(head -5 err)" "$(ls out)"

fails "SELECT positive(x) FROM (VALUES (1), (2), (0), (3)) AS t (x)" "a positive number is wanted, and this is 0" "row 2" positive
fails "SELECT positive(value - 9000) FROM range(8000, 10000)" "a positive number is wanted"
fails "SELECT lower_case(x) FROM (VALUES ('a'), ('B')) AS t (x)" "there is a capital in it" "row 1"
fails "SELECT weighted_mean(1.0, x) FROM (VALUES (1.0), (-2.0)) AS t (x)" "the weight -2 is negative" "row 1"
fails "SELECT asserts(x) FROM (VALUES (1), (3)) AS t (x)" "assertion failed: x < 3 (in asserts)" "sample.c:"
fails "SELECT aborts(x) FROM (VALUES (1), (3)) AS t (x)" "abort() was called"
fails "SELECT exits(x) FROM (VALUES (1), (3)) AS t (x)" "exit(3) was called"
fails "SELECT divides(x, 0) FROM (VALUES (1), (3)) AS t (x)" "divi" divides
fails "SELECT hoards(x) FROM (VALUES (1)) AS t (x)" "memory" hoards
fails "SELECT deep(x) FROM (VALUES (1)) AS t (x)" deep
fails "CREATE FUNCTION spin LANGUAGE WASM AS '$component', 'spins' OPTIONS (timeout '1 s'); SELECT spin(1)" spin "longer than 1s"
fails "SELECT wrong_length(x) FROM (VALUES (1), (3)) AS t (x)" "the function returned 1 values for 2 rows"
fails "SELECT wrong_type(x) FROM (VALUES (1), (3)) AS t (x)" "an array of type \`u\` has 3 buffers"
gives "SELECT babbles(1)" "1"
fails "SELECT babbles(0)" "cut: é?"
fails "SELECT says_nothing(1)" "failed and said nothing"
fails "SELECT * FROM uneven(1)" "column 1 (counted from zero) has 0 values, and 1 rows were ended"
fails "SELECT this_year()" "clock"
fails "SELECT add_one('x')" "add_one"
fails "SELECT greet(1)" "param.word is missing"

printf 'Ada and Grace' >names.txt
greet="CREATE FUNCTION hello LANGUAGE WASM AS '$component', 'greet' OPTIONS"
gives "$greet (param.word = 'Hello', data.names = 'names.txt'); SELECT hello(1)" "Hello Ada and Grace"
greet="CREATE OR REPLACE FUNCTION hello LANGUAGE WASM AS '$component', 'greet' OPTIONS"
fails "$greet (param.word = 'Hello', param.mood = 'good'); SELECT hello(1)" "param.mood is not known" "word, names"
gives "CREATE FUNCTION y LANGUAGE WASM AS '$component', 'this_year' OPTIONS (grant 'clock'); SELECT y() > 2020" "true"

component=$folder/cpp.wasm
gives "SELECT hypotenuse(3, 4), word(1), (SELECT my_sum(value) FROM range(0, 10))" "5.0,constructed,45"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
