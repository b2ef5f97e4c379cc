//! Guests whose results have the right shape and bytes that mean nothing.

use super::{Case, LIMITS, check_all};

pub(super) const CASES: &[Case] = &[
    ("offsets_decrease", &["broke the contract", "not valid"]),
    ("offsets_outside", &["broke the contract", "not valid"]),
    ("offsets_negative", &["broke the contract", "not valid"]),
    ("offsets_all_negative", &["broke the contract", "not valid"]),
    (
        "offsets_too_few",
        &["broke the contract", "offsets", "4004", "4000 bytes"],
    ),
    ("offsets_none", &["broke the contract", "offsets", "4004"]),
    (
        "large_offsets_outside",
        &["broke the contract", "not valid"],
    ),
    ("utf8_invalid", &["broke the contract", "not valid", "500"]),
    ("utf8_split", &["broke the contract", "not valid"]),
    ("keys_outside", &["broke the contract", "not valid"]),
    ("keys_negative", &["broke the contract", "not valid"]),
    (
        "keys_of_endless",
        &["broke the contract", "1152921504606846976"],
    ),
    ("runs_decrease", &["broke the contract", "not valid"]),
    ("runs_repeat", &["broke the contract", "not valid"]),
    ("runs_from_zero", &["broke the contract", "not valid"]),
    ("runs_negative", &["broke the contract", "not valid"]),
    ("runs_too_short", &["broke the contract", "not valid"]),
    ("runs_none", &["broke the contract", "not valid"]),
    ("union_unknown_type", &["broke the contract", "not valid"]),
    ("union_negative_type", &["broke the contract", "not valid"]),
    (
        "union_offsets_outside",
        &["broke the contract", "not valid"],
    ),
    (
        "union_offsets_negative",
        &["broke the contract", "not valid"],
    ),
    (
        "list_offsets_decrease",
        &["broke the contract", "not valid"],
    ),
    (
        "list_offsets_negative",
        &["broke the contract", "not valid"],
    ),
    ("list_view_outside", &["broke the contract", "not valid"]),
    ("list_view_negative", &["broke the contract", "not valid"]),
    ("list_view_too_long", &["broke the contract", "not valid"]),
    (
        "list_view_of_negative_size",
        &["broke the contract", "not valid"],
    ),
    ("map_with_null_keys", &["broke the contract"]),
];

pub(super) const VIEWS: &[Case] = &[
    (
        "variadic_missing",
        &["broke the contract", "0 counts of view buffers"],
    ),
    (
        "variadic_too_high",
        &["broke the contract", "3 buffers", "has 4"],
    ),
    ("variadic_endless", &["broke the contract", "buffers"]),
    ("variadic_million", &[]),
    ("views_of_a_million_buffers", &[]),
    (
        "views_over_one_region",
        &["broke the contract", "out of a memory of"],
    ),
    (
        "texts_over_one_region",
        &["broke the contract", "out of a memory of"],
    ),
    (
        "spans_over_one_region",
        &["broke the contract", "out of a memory of"],
    ),
    ("view_outside", &["broke the contract", "not valid"]),
    ("view_overflows", &["broke the contract"]),
    ("view_of_no_buffer", &["broke the contract", "not valid"]),
    (
        "view_of_negative_buffer",
        &["broke the contract", "not valid"],
    ),
    ("view_prefix_lies", &["broke the contract", "not valid"]),
    ("view_padding", &["broke the contract", "not valid"]),
    ("view_invalid_inline", &["broke the contract", "not valid"]),
    ("view_invalid_long", &["broke the contract", "not valid"]),
    (
        "views_too_few",
        &["broke the contract", "15984 bytes", "16000"],
    ),
];

#[tokio::test]
async fn offsets_text_keys_runs_and_unions_are_validated() {
    check_all(CASES, LIMITS).await;
}

#[tokio::test]
async fn views_are_validated() {
    check_all(VIEWS, LIMITS).await;
}
