//! Guests that misbehave in a call other than the one that computes.

use std::time::Duration;

use arrowbox_host::Limits;

use super::{Case, LIMITS, check_all, query};

pub(super) const CASES: &[Case] = &[
    ("open_refuses", &["failed: the guest refuses to open"]),
    ("open_traps", &["trapped", "unreachable"]),
    ("open_spins", &["hit its time limit"]),
    ("result_traps", &["trapped", "unreachable"]),
    ("result_spins", &["hit its time limit"]),
    ("result_differs", &["broke the contract", "Int64", "Utf8"]),
    (
        "result_of_none",
        &["broke the contract", "not exactly one field"],
    ),
    (
        "result_of_two",
        &["broke the contract", "not exactly one field"],
    ),
    ("result_of_nonsense", &["broke the contract", "nonsense"]),
    ("result_without_end", &["broke the contract"]),
    ("allocate_gives_nothing", &["hit its memory limit"]),
    (
        "allocate_gives_outside",
        &["could not be given its arguments"],
    ),
    (
        "allocate_gives_the_end",
        &["could not be given its arguments"],
    ),
    ("allocate_traps", &["trapped", "unreachable"]),
    ("allocate_spins", &["hit its time limit"]),
    ("lowering_traps", &["trapped", "unreachable"]),
    ("lowering_spins", &["hit its time limit"]),
    ("lowering_gives_outside", &["trapped", "realloc"]),
    ("after_return_traps", &["trapped", "unreachable"]),
    ("after_return_spins", &["hit its time limit"]),
];

/// A destructor is not run: the whole instance is thrown away. And where a guest wants its arguments, it gets
/// them.
pub(super) const PROPER: &[&str] = &["drop_traps", "drop_spins", "allocate_gives_misaligned"];

#[tokio::test]
async fn every_call_into_a_guest_can_go_wrong() {
    check_all(
        CASES,
        Limits {
            timeout: Duration::from_millis(500),
            ..LIMITS
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_guest_does_to_itself_is_its_own_business() {
    for function in PROPER {
        let rows = query(function, LIMITS)
            .rows(&format!("SELECT {function}(x) FROM t"))
            .await;
        assert_eq!(rows.unwrap()[0].num_rows(), 1000, "{function}");
    }
}
