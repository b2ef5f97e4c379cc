//! Guests that use what they were granted, and what they were not.

use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrowbox_host::{BindError, Binding, Grant, Grants, scalar_udf};
use arrowbox_tests::engine::{Query, bound, first_column, runtime, said, stored};

use super::{Case, LIMITS, check_all};

/// Take without asking, or what is not there.
pub(super) const CASES: &[Case] = &[
    (
        "takes_time",
        &["needs the grant `clock`", "OPTIONS (grant 'clock')"],
    ),
    (
        "takes_chances",
        &["needs the grant `random`", "OPTIONS (grant 'random')"],
    ),
    ("measures_data", &["there is no data `words`", "data.words"]),
    ("reads_data", &["there is no data `words`", "data.words"]),
    ("reads_past_data", &["there is no data `words`"]),
    ("reads_other_data", &["there is no data `../words`"]),
];

/// Ask for what they take.
pub(super) const PROPER: &[&str] = &["tells_time", "rolls", "rolls_too_much"];

fn binding(function: &str) -> Binding {
    Binding {
        limits: LIMITS,
        ..Binding::new(stored("hostile"), function)
    }
}

fn granted(function: &str, grants: &[Grant]) -> Binding {
    let mut binding = binding(function);
    binding.grants = grants.iter().cloned().collect::<Grants>();
    binding
}

async fn value(binding: Binding) -> i64 {
    let function = binding.function.clone();
    let query = Query::new(1).with(bound(binding));
    let rows = query
        .rows(&format!("SELECT {function}(1)"))
        .await
        .unwrap_or_else(|error| panic!("{function}: {error}"));
    first_column(&rows).as_primitive::<Int64Type>().value(0)
}

#[tokio::test]
async fn what_was_not_granted_is_denied_with_the_clause_that_grants_it() {
    check_all(CASES, LIMITS).await;
}

#[test]
fn what_a_function_asks_for_is_checked_before_it_runs() {
    for (function, grant) in [("tells_time", "clock"), ("rolls", "random")] {
        let error = scalar_udf(runtime(), binding(function)).unwrap_err();
        assert!(
            matches!(&error, BindError::Grant { function: f, grant: g } if f == function && g == grant)
        );
        let message = said(&error);
        assert!(
            message.contains(&format!("OPTIONS (grant '{grant}')")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn the_clock_and_randomness_are_real_when_granted() {
    let seconds = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970")
            .as_secs() as i64
    };
    let before = seconds();
    let now = value(granted("tells_time", &[Grant::Clock])).await / 1_000_000_000;
    assert!((before..=seconds()).contains(&now), "{now}");

    let rolls = [
        value(granted("rolls", &[Grant::Random])).await,
        value(granted("rolls", &[Grant::Random])).await,
    ];
    assert_ne!(rolls[0], rolls[1]);
    // More than there is in one call gives what there is.
    value(granted("rolls_too_much", &[Grant::Random])).await;
}

#[tokio::test]
async fn data_is_read_by_name_and_within_its_bounds() {
    let words = runtime().store().put(b"abc").expect("stored");
    let given = |function: &str| {
        let mut binding = binding(function);
        binding.data.insert("words".to_owned(), words);
        binding
    };
    assert_eq!(value(given("measures_data")).await, 3);
    assert_eq!(
        value(given("reads_data")).await,
        i64::from(b'a') + i64::from(b'b') + i64::from(b'c')
    );
    assert_eq!(value(given("reads_past_data")).await, 0);
}
