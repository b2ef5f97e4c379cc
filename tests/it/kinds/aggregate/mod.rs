//! Aggregates.

mod counted;
mod frames;
mod groups;
mod memory;
pub(super) mod rogue;

use arrowbox_tests::engine::Query;

use super::rows::{self, Row};
use super::{agree, honest, lines, refused};

const FUNCTIONS: [&str; 6] = [
    "add_up",
    "fold",
    "join_texts",
    "longest",
    "null_surplus",
    "tally",
];

/// A query over `t` with all honest aggregates.
fn over(rows: &[Row], partitions: usize) -> Query {
    with_all(Query::new(partitions)).table(
        "t",
        rows::schema(),
        rows::partitions(rows, partitions, 173),
    )
}

fn with_all(query: Query) -> Query {
    FUNCTIONS
        .iter()
        .fold(query, |query, name| query.calling(&honest(name)))
}
