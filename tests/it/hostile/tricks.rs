//! What is odd, and allowed.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrowbox_tests::engine::{Query, first_column, function};

use super::{LIMITS, query, still_works};

pub(super) const PROPER: &[&str] = &[
    "returns_its_input",
    "returns_a_static",
    "returns_one_buffer_twice",
    "returns_more_than_needed",
    "scribbles_on_its_input",
    "remembers",
    "keeps_all_its_inputs",
];

async fn values(function: &str, sql: &str) -> Vec<i64> {
    let rows = query(function, LIMITS)
        .rows(sql)
        .await
        .unwrap_or_else(|error| panic!("{function}: {error}"));
    first_column(&rows)
        .as_primitive::<Int64Type>()
        .values()
        .to_vec()
}

#[tokio::test]
async fn a_guest_can_return_what_it_was_given_or_what_it_has() {
    still_works().await;
    let sevens = values("returns_a_static", "SELECT returns_a_static(x) FROM t").await;
    assert_eq!(sevens, vec![7; 1000]);
    let counted = values(
        "returns_more_than_needed",
        "SELECT returns_more_than_needed(x) FROM t",
    )
    .await;
    assert!(counted.into_iter().eq(0..1000));
}

#[tokio::test]
async fn two_columns_of_a_result_can_be_the_same_bytes() {
    let query = query("returns_one_buffer_twice", LIMITS);
    let rows = query
        .rows("SELECT returns_one_buffer_twice(x) FROM t")
        .await
        .unwrap();
    let pairs = first_column(&rows);
    let pairs = pairs.as_struct();
    assert_eq!(pairs.column(0), pairs.column(1));
    assert!(
        pairs
            .column(0)
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .copied()
            .eq(0..1000)
    );
}

/// A guest's copy of a column is its own.
#[tokio::test]
async fn nobody_else_sees_what_a_guest_writes_on_its_input() {
    let sql = "SELECT x FROM (SELECT x, scribbles_on_its_input(x) AS y FROM t) WHERE y = -1";
    assert!(
        values("scribbles_on_its_input", sql)
            .await
            .into_iter()
            .eq(0..1000)
    );
}

/// No data leaks from one query to another.
#[tokio::test]
async fn an_instance_ends_with_its_query() {
    for _ in 0..3 {
        let batches = (0..5).map(|_| Arc::new(Int64Array::from(vec![1; 10])) as _);
        let query = Query::new(1)
            .with(function("hostile", "remembers"))
            .column("t", batches);
        let rows = query.rows("SELECT remembers(x) FROM t").await.unwrap();
        let calls = first_column(&rows);
        let calls = calls.as_primitive::<Int64Type>();
        assert_eq!(calls.len(), 50);
        assert_eq!(calls.value(0), 1);
        assert!(calls.values().iter().all(|calls| (1..=5).contains(calls)));
    }
}

/// Memory that a guest keeps is its own, up to its limit.
#[tokio::test]
async fn a_guest_that_keeps_all_its_inputs_ends_at_its_memory_limit() {
    let batches = (0..1000).map(|_| Arc::new(Int64Array::from(vec![1; 8192])) as _);
    let binding = arrowbox_host::Binding {
        limits: LIMITS,
        ..arrowbox_host::Binding::new(
            arrowbox_tests::engine::stored("hostile"),
            "keeps_all_its_inputs",
        )
    };
    let query = Query::new(1)
        .with(arrowbox_tests::engine::bound(binding))
        .column("t", batches);
    let error = query
        .rows("SELECT sum(keeps_all_its_inputs(x)) FROM t")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("hit its memory limit"),
        "{error}"
    );
}
