//! Guests that return an error, panic or trap.

use super::{Case, LIMITS, check_all, query, still_works};

pub(super) const REFUSED: &[Case] = &[
    ("refuses", &["failed: the guest refuses"]),
    ("refuses_a_row", &["in row 2", "the guest refuses this row"]),
    ("refuses_no_such_row", &["the guest refuses"]),
    ("refuses_at_length", &[]),
    ("refuses_in_colour", &["red", "bell"]),
];

pub(super) const TRAPPED: &[Case] = &[
    ("panics", &["panicked at faults.rs:7:9: the guest panics"]),
    ("panics_at_length", &[]),
    (
        "traps",
        &[
            "trapped",
            "unreachable",
            "\n    in ",
            "scalar-function.invoke",
        ],
    ),
    ("divides_by_zero", &["trapped", "divide by zero"]),
    ("loads_outside", &["trapped", "out of bounds memory access"]),
    (
        "stores_outside",
        &["trapped", "out of bounds memory access"],
    ),
    ("calls_nothing", &["trapped", "table"]),
    ("recurses", &["recursed without end", "256 KiB"]),
    // The stack that lies in the guest's own memory ends where its memory does.
    ("recurses_wide", &["trapped", "out of bounds memory access"]),
];

pub(super) const PROPER: &[&str] = &["panics_and_goes_on"];

#[tokio::test]
async fn an_error_of_the_guest_reaches_the_user_as_the_guest_said_it() {
    check_all(REFUSED, LIMITS).await;
}

#[tokio::test]
async fn a_row_that_is_not_in_the_batch_is_not_named() {
    let error = query("refuses_no_such_row", LIMITS)
        .rows("SELECT refuses_no_such_row(x) FROM t")
        .await
        .unwrap_err();
    assert!(
        !error.to_string().contains(&u64::MAX.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn a_trap_is_explained() {
    check_all(TRAPPED, LIMITS).await;
}

#[tokio::test]
async fn what_only_says_that_it_panics_goes_on() {
    let query = query("panics_and_goes_on", LIMITS);
    query
        .rows("SELECT panics_and_goes_on(x) FROM t")
        .await
        .unwrap();
    still_works().await;
}

/// The plan is deep, so the thread's stack is, too, when the guest gets it.
#[tokio::test]
async fn recursion_under_a_deep_expression_is_explained() {
    // From the left: each sum is in the next one.
    let expression = format!("recurses(x){}", " + x".repeat(200));
    let query = query("recurses", LIMITS);
    let error = query
        .rows(&format!("SELECT {expression} FROM t"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("recursed without end"),
        "{error}"
    );
    still_works().await;
}
