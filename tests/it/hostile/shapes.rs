//! Guests whose results have lengths, counts and places that are lies.

use super::{Case, LIMITS, check_all};

pub(super) const CASES: &[Case] = &[
    (
        "shorter",
        &["broke the contract", "999 rows", "1000 were expected"],
    ),
    (
        "longer",
        &["broke the contract", "1001 rows", "1000 were expected"],
    ),
    ("empty", &["broke the contract", "0 rows"]),
    (
        "one_for_all",
        &["broke the contract", "1 rows", "1000 were expected"],
    ),
    (
        "says_more_rows",
        &["broke the contract", "18446744073709551615 rows"],
    ),
    ("node_is_longer", &["broke the contract", "1001 rows"]),
    (
        "node_is_endless",
        &["broke the contract", "18446744073709551615 rows"],
    ),
    (
        "all_is_endless",
        &["broke the contract", "1152921504606846976 rows"],
    ),
    (
        "no_nodes",
        &["broke the contract", "0 arrays", "Int64 has 1"],
    ),
    (
        "two_nodes",
        &["broke the contract", "2 arrays", "Int64 has 1"],
    ),
    // Four million of anything are more than one call can hand over.
    ("million_nodes", &[]),
    (
        "no_buffers",
        &["broke the contract", "0 buffers", "Int64 has 2"],
    ),
    (
        "three_buffers",
        &["broke the contract", "3 buffers", "Int64 has 2"],
    ),
    ("million_buffers", &[]),
    (
        "needless_variadic",
        &["broke the contract", "1 counts of view buffers", "has 0"],
    ),
    ("bytes_for_spans", &["broke the contract", "as bytes"]),
    ("many_bytes_for_spans", &[]),
    ("narrow", &["broke the contract", "4000 bytes", "8000"]),
    ("outside", &["broke the contract", "can not be read"]),
    ("far_outside", &["broke the contract", "can not be read"]),
    ("overflows", &["broke the contract", "memory"]),
    ("wraps_around", &["broke the contract", "can not be read"]),
    ("empty_outside", &["broke the contract", "can not be read"]),
    (
        "misaligned",
        &["broke the contract", "can not be read", "aligned"],
    ),
    ("short_validity", &["broke the contract", "validity", "125"]),
    (
        "null_count_too_low",
        &["broke the contract", "1 nulls", "they are 0"],
    ),
    (
        "null_count_too_high",
        &["broke the contract", "1 nulls", "they are 1000"],
    ),
    (
        "null_count_past_rows",
        &["broke the contract", "1 nulls", "they are 1001"],
    ),
    (
        "null_count_endless",
        &["broke the contract", "18446744073709551615"],
    ),
    (
        "null_count_without_nulls",
        &["broke the contract", "0 nulls", "they are 1"],
    ),
    (
        "endless_nulls",
        &["broke the contract", "1152921504606846976"],
    ),
    (
        "endless_no_bytes",
        &["broke the contract", "1152921504606846976"],
    ),
    (
        "endless_no_items",
        &["broke the contract", "1152921504606846976"],
    ),
    (
        "no_items_of_endless",
        &["broke the contract", "1152921504606846976"],
    ),
    (
        "endless_empty_structs",
        &["broke the contract", "1152921504606846976"],
    ),
    (
        "endless_runs",
        &["broke the contract", "1152921504606846976"],
    ),
    ("struct_of_shorter", &["broke the contract"]),
    ("list_of_fewer", &["broke the contract"]),
    (
        "list_of_endless",
        &["broke the contract", "1152921504606846976"],
    ),
    ("pairs_of_fewer", &["broke the contract"]),
];

#[tokio::test]
async fn lengths_counts_and_places_are_checked() {
    check_all(CASES, LIMITS).await;
}
