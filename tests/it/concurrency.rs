//! Many partitions, one component: the same rows as without a sandbox. And results that somebody holds.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrowbox_tests::engine::{Query, first_column, function};
use tokio::time::timeout;

/// More than anything here takes, less than for ever.
const LONG: Duration = Duration::from_secs(120);

fn schema() -> SchemaRef {
    let number = |name| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        number("a"),
        number("b"),
        Field::new("s", DataType::Utf8, true),
    ]))
}

/// `partitions` × `batches` batches of these many rows, all different, with nulls.
fn table(partitions: i64, batches: i64, rows: i64) -> Vec<Vec<RecordBatch>> {
    let batch = |number: i64| {
        let rows = number * rows..(number + 1) * rows;
        let a: Int64Array = rows
            .clone()
            .map(|n| (n % 11 != 3).then_some(n * 12))
            .collect();
        let b: Int64Array = rows.clone().map(|n| Some(n % 97 * 18)).collect();
        let s: StringArray = rows.map(|n| Some(format!("Row {n} of a table"))).collect();
        RecordBatch::try_new(schema(), vec![Arc::new(a), Arc::new(b), Arc::new(s)]).unwrap()
    };
    (0..partitions)
        .map(|p| (0..batches).map(|b| batch(p * batches + b)).collect())
        .collect()
}

/// What the sandboxed `gcd` and `upper` must give for a batch, by the same functions outside of it.
fn natively(batch: &RecordBatch) -> Vec<(Option<i64>, String)> {
    let numbers = |index: usize| batch.column(index).as_primitive::<Int64Type>();
    let (a, b) = (numbers(0), numbers(1));
    let texts = batch.column(2).as_string::<i32>();
    (0..batch.num_rows())
        .map(|row| {
            let divisor = (a.is_valid(row) && b.is_valid(row))
                .then(|| reference::gcd(a.value(row), b.value(row)));
            (divisor, texts.value(row).to_uppercase())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_partitions_give_the_rows_of_the_native_function() {
    let table = table(16, 10, 700);
    let mut expected: Vec<_> = table.iter().flatten().flat_map(natively).collect();
    let query = Query::new(16)
        .with(function("reference", "gcd"))
        .with(function("reference", "upper"))
        .table("t", schema(), table);
    let rows = timeout(LONG, query.rows("SELECT gcd(a, b), upper(s) FROM t"))
        .await
        .expect("it ends")
        .unwrap();
    let mut found = Vec::new();
    for batch in &rows {
        let divisors = batch.column(0).as_primitive::<Int64Type>();
        let texts = arrow::compute::cast(batch.column(1), &DataType::Utf8).unwrap();
        let texts = texts.as_string::<i32>();
        found.extend((0..batch.num_rows()).map(|row| {
            (
                divisors.is_valid(row).then(|| divisors.value(row)),
                texts.value(row).to_owned(),
            )
        }));
    }
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found.len(), 16 * 10 * 700);
    assert!(found == expected);
}

/// Many queries at once over one component, each with instances of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_queries_share_a_component() {
    let queries = (0..16).map(|number| {
        tokio::spawn(async move {
            let query = Query::new(2).with(function("reference", "add_one")).table(
                "t",
                schema(),
                table(2, 5, 300),
            );
            let rows = query
                .rows(&format!("SELECT sum(add_one(b)) + {number} FROM t"))
                .await
                .unwrap();
            first_column(&rows).as_primitive::<Int64Type>().value(0) - number
        })
    });
    let sums = timeout(LONG, futures::future::join_all(queries))
        .await
        .expect("they end");
    let sums: Vec<i64> = sums
        .into_iter()
        .map(|sum| sum.expect("no query panics"))
        .collect();
    let expected: i64 = (0..3000).map(|n| n % 97 * 18 + 1).sum();
    assert_eq!(sums, vec![expected; 16]);
}

/// The arguments of the outer call are the result of the inner one, which is still read in place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nested_calls_with_a_bound_of_one_do_not_wait_for_each_other() {
    for parked in [0, 1, 2] {
        let table = table(4, 8, 300);
        let expected: Vec<_> = table
            .iter()
            .flatten()
            .flat_map(natively)
            .map(|(divisor, _)| {
                divisor.map(|n| reference::gcd(reference::gcd(reference::gcd(n, 36), 60), 84))
            })
            .collect();
        let query = Query::parking(parked, 4)
            .with(function("reference", "gcd"))
            .table("t", schema(), table);
        let sql = "SELECT gcd(gcd(gcd(gcd(a, b), 36), 60), 84) FROM t";
        let rows = timeout(LONG, query.rows(sql))
            .await
            .expect("it ends")
            .unwrap();
        let found = first_column(&rows);
        let mut found: Vec<_> = found.as_primitive::<Int64Type>().iter().collect();
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert!(found == expected, "with {parked} parked");
    }
}

/// A sort keeps all its input. Its rows stay right although the guests go on; past the bound they are
/// copied, and that is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_a_sort_holds_stay_right_and_their_copies_are_counted() {
    let table = table(2, 30, 500);
    let mut expected: Vec<String> = table
        .iter()
        .flatten()
        .flat_map(natively)
        .map(|(_, text)| text)
        .collect();
    expected.sort_unstable();
    let bytes: usize = expected.iter().map(String::len).sum();

    let query = Query::parking(1, 2)
        .with(function("reference", "upper"))
        .table("t", schema(), table);
    let sql = "SELECT u FROM (SELECT upper(s) AS u FROM t) ORDER BY u";
    let rows = timeout(LONG, query.rows(sql))
        .await
        .expect("it ends")
        .unwrap();
    let found = arrow::compute::cast(&first_column(&rows), &DataType::Utf8).unwrap();
    assert!(
        found
            .as_string::<i32>()
            .iter()
            .eq(expected.iter().map(|text| Some(text.as_str())))
    );

    let figures = query.figures();
    assert_eq!((figures.calls, figures.rows), (60, 30_000));
    assert!(
        figures.bytes_copied_out as usize >= bytes / 2,
        "{figures:?} for {bytes} bytes"
    );
    assert!(figures.instances <= 8, "{figures:?}");
    drop(query);
    // They outlive the query that made them.
    assert!(
        found
            .as_string::<i32>()
            .iter()
            .eq(expected.iter().map(|text| Some(text.as_str())))
    );
}

/// A join keeps its build side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_a_join_holds_stay_right() {
    let query = Query::parking(1, 2)
        .with(function("reference", "add_one"))
        .table("t", schema(), table(2, 20, 200))
        .table("u", schema(), table(2, 20, 200));
    let sql = "SELECT count(*), sum(l.k), sum(r.k) FROM \
        (SELECT add_one(a) AS k FROM t) AS l JOIN (SELECT add_one(a) AS k FROM u) AS r ON l.k = r.k";
    let rows = timeout(LONG, query.rows(sql))
        .await
        .expect("it ends")
        .unwrap();
    let keys: Vec<i64> = (0..8000)
        .filter(|n| n % 11 != 3)
        .map(|n| n * 12 + 1)
        .collect();
    let value = |column: usize| rows[0].column(column).as_primitive::<Int64Type>().value(0);
    assert_eq!(value(0), keys.len() as i64);
    assert_eq!(value(1), keys.iter().sum::<i64>());
    assert_eq!(value(2), keys.iter().sum::<i64>());
}

/// What is read in place lives as long as somebody reads it, and not longer.
#[tokio::test]
async fn a_result_outlives_its_query() {
    let query = Query::new(1).with(function("reference", "add_one")).table(
        "t",
        schema(),
        table(1, 4, 1000),
    );
    let rows = query.rows("SELECT add_one(b) FROM t").await.unwrap();
    assert_eq!(query.figures().bytes_copied_out, 0);
    drop(query);
    for (number, batch) in rows.into_iter().enumerate() {
        let numbers = batch.column(0).as_primitive::<Int64Type>();
        let first = number as i64 * 1000;
        assert!(
            numbers
                .values()
                .iter()
                .copied()
                .eq((first..first + 1000).map(|n| n % 97 * 18 + 1))
        );
    }
}

/// A scalar function sees any batch on any instance: the order of batches changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_order_of_batches_changes_no_row() {
    let sum = |batches: Vec<Vec<RecordBatch>>| async {
        let query =
            Query::new(4)
                .with(function("reference", "collatz"))
                .table("t", schema(), batches);
        let rows = query
            .rows("SELECT sum(collatz(b + 1)) FROM t")
            .await
            .unwrap();
        first_column(&rows).as_primitive::<Int64Type>().value(0)
    };
    let straight = table(4, 6, 100);
    let mut shuffled: Vec<RecordBatch> = straight.iter().flatten().cloned().collect();
    shuffled.reverse();
    shuffled.rotate_left(7);
    let shuffled = shuffled.chunks(5).map(<[_]>::to_vec).collect();
    assert_eq!(sum(straight).await, sum(shuffled).await);
}
