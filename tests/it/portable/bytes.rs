//! Buffers as bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use arrowbox_host::{Binding, Lane, Limits, Stopped};
use arrowbox_tests::arrays::{Maker, Nulls, data_type, every_leaf};
use arrowbox_tests::engine::{self, Query, failure, first_column, runtime, stored};
use proptest::prelude::*;

use crate::boundary::{column, scope};
use crate::hostile::{Case, complaints};

const LIMITS: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_secs(30),
};

const FAILING: &[Case] = &[
    (
        "bytes_allocate",
        &["hit its memory limit", "67108864", "OPTIONS (memory"],
    ),
    (
        "bytes_recurse",
        &["trapped", "in portable::scalar::recurse"],
    ),
    ("bytes_span", &["broke the contract", "as a span"]),
    ("bytes_short", &["broke the contract", "which take 8000"]),
    ("bytes_of_none", &["broke the contract", "0 arrays"]),
    ("bytes_one_more", &["broke the contract", "1001 rows"]),
    ("bytes_too_many_nulls", &["broke the contract", "nulls"]),
    ("bytes_gives", &["not described as one that takes columns"]),
];

/// A query over `t(x)`, which counts from zero, with this function of `portable`.
pub(super) fn query(function: &str, limits: Limits) -> Query {
    let numbers: Int64Array = (0..1000).collect();
    let binding = Binding {
        limits,
        ..Binding::new(stored("portable"), function)
    };
    Query::new(1)
        .with(engine::bound(binding))
        .column("t", [Arc::new(numbers) as _])
}

/// Every one of these fails and says this; the next query works.
pub(super) async fn check_all(cases: &[Case], limits: Limits) {
    let mut wrong = Vec::new();
    for (function, said) in cases {
        let result = query(function, limits)
            .rows(&format!("SELECT {function}(x) FROM t"))
            .await;
        wrong.extend(complaints("portable", function, result.map(drop), said));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows = query("bytes_identity", LIMITS)
        .rows("SELECT bytes_identity(x) FROM t")
        .await
        .expect("the next query works");
    assert_eq!(first_column(&rows).len(), 1000);
}

fn check(arrays: &[ArrayRef]) -> Result<(), TestCaseError> {
    let function = engine::function("portable", "bytes_identity");
    let scope = scope();
    for given in arrays {
        let name = format!("{} × {}", given.len(), given.data_type());
        let back = column(&function, &scope, given)
            .map_err(|error| TestCaseError::fail(format!("{name}: {}", engine::said(&error))))?;
        prop_assert_eq!(&back, given, "{}", name);
        if let Err(error) = back.to_data().validate_full() {
            return Err(TestCaseError::fail(format!("{name}: {error}")));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_array_survives_as_bytes(
        data_type in data_type(),
        nulls in prop::sample::select(vec![Nulls::None, Nulls::Few, Nulls::Most, Nulls::All]),
        seed in any::<u64>(),
        (before, len, after) in (0_usize..20, 0_usize..70, 0_usize..20),
    ) {
        let mut maker = Maker::new(seed, nulls);
        let whole = maker.array(&data_type, len);
        let sliced = maker.sliced(&data_type, before, len, after);
        check(&[whole, sliced])?;
    }
}

#[test]
fn every_leaf_survives_as_bytes_in_every_state() {
    for data_type in every_leaf() {
        for nulls in [Nulls::None, Nulls::Few, Nulls::All] {
            let mut maker = Maker::new(7, nulls);
            let arrays = [
                maker.array(&data_type, 0),
                maker.array(&data_type, 1),
                maker.array(&data_type, 100),
                maker.sliced(&data_type, 3, 50, 9),
            ];
            check(&arrays).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn the_lane_of_a_component_is_known() {
    let lane = |name| {
        let component = runtime().component(stored(name)).expect("it works");
        component.lane()
    };
    assert_eq!(lane("portable"), Lane::Portable);
    assert_eq!(lane("identity"), Lane::Native);
}

#[test]
fn copies_are_counted_both_ways() {
    let given = Maker::new(2, Nulls::None).array(&DataType::Int64, 8192);
    let function = engine::function("portable", "bytes_identity");
    let scope = scope();
    for _ in 0..10 {
        let back = column(&function, &scope, &given).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(&back, &given);
    }
    let figures = scope.figures().remove(0);
    assert_eq!(figures.bytes_copied_in, 10 * 8192 * 8);
    assert_eq!(figures.bytes_copied_out, 10 * 8192 * 8);
    assert_eq!(figures.bytes_read_in_place, 0);
    assert_eq!(figures.instances, 1);
}

#[tokio::test]
async fn what_is_no_result_is_refused() {
    check_all(FAILING, LIMITS).await;
}

#[tokio::test]
async fn bytes_can_become_columns_and_bytes_again() {
    for function in ["bytes_by_columns", "bytes_misaligned"] {
        let rows = query(function, LIMITS)
            .rows(&format!("SELECT {function}(x) FROM t"))
            .await
            .unwrap_or_else(|error| panic!("{}", engine::said(&error)));
        let column = first_column(&rows);
        let more = i64::from(function == "bytes_by_columns");
        let expected: Int64Array = (0..1000).map(|n| n + more).collect();
        assert_eq!(column.as_primitive::<Int64Type>(), &expected);
    }
}

#[tokio::test]
async fn a_call_ends_at_its_time_limit() {
    let limits = Limits {
        timeout: Duration::from_millis(200),
        ..LIMITS
    };
    let cases: &[Case] = &[
        ("bytes_spin", &["hit its time limit", "200ms"]),
        ("spins", &["hit its time limit", "200ms"]),
    ];
    check_all(cases, limits).await;
}

#[tokio::test]
async fn a_guest_that_computes_is_stopped_with_its_query() {
    for function in ["bytes_spin", "spins"] {
        let spinning = engine::function("portable", function);
        let numbers: Int64Array = (0..1000).collect();
        let deadline = Instant::now() + Duration::from_millis(100);
        let query = Query::until(deadline)
            .with(spinning)
            .column("t", [Arc::new(numbers) as _]);
        let error = query
            .rows(&format!("SELECT {function}(x) FROM t"))
            .await
            .expect_err("it is stopped");
        let late = deadline.elapsed();
        let failure = failure(&error).expect("a failed function");
        assert_eq!(failure.cause.stop(), Some(Stopped::Deadline));
        assert!(late < Duration::from_secs(5), "{late:?}");
    }
}
