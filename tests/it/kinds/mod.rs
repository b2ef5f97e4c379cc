//! Functions of every kind but values of rows: what they give is what the same gives without a sandbox, whatever
//! the batches and partitions are; and whatever they do, the query ends with an error that names the function,
//! and the next one works.

mod aggregate;
mod distributed;
mod grouped;
mod killed;
mod map_batches;
mod reader;
mod rows;
mod table;
mod window;
mod writer;

use std::collections::BTreeMap;
use std::time::Duration;

use arrowbox_host::{Binding, Function, Grants, Kind, Limits};
use arrowbox_tests::engine::{self, Query, runtime, stored};

use crate::hostile::Case;

/// More than anything here takes, less than for ever.
const LONG: Duration = Duration::from_secs(120);

/// For guests that never return.
const IMPATIENT: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_millis(500),
};

/// An honest function.
fn honest(name: &str) -> Function {
    engine::any(Binding::new(stored("kinds"), name))
}

/// A function that misbehaves, with what it asks for granted.
fn rogue(name: &str, limits: Limits) -> Binding {
    let grants = name.ends_with("by_chance").then_some("random");
    let grants: Grants = grants
        .into_iter()
        .map(|grant| grant.parse().expect("a grant"))
        .collect();
    Binding {
        limits,
        grants,
        ..Binding::new(stored("hostile"), name)
    }
}

/// Runs two texts, which must give the same rows. Gives the query back.
async fn agree(query: Query, ours: &str, theirs: &str) -> Query {
    let found = lines(&query, ours).await;
    let query = query.again();
    let expected = lines(&query, theirs).await;
    assert_eq!(found.len(), expected.len(), "{ours}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected, "{ours}");
    }
    query.again()
}

/// The rows of a text, which must work, as lines.
async fn lines(query: &Query, sql: &str) -> Vec<String> {
    let rows = tokio::time::timeout(LONG, query.rows(sql))
        .await
        .unwrap_or_else(|_| panic!("{sql} does not end"))
        .unwrap_or_else(|error| panic!("{sql}: {}", engine::said(&error)));
    engine::lines(&rows)
}

/// What an error says that a query must end with.
fn refused<T>(result: datafusion::error::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it went unnoticed"),
        Err(error) => engine::said(&error),
    }
}

/// A misdeed that is not in a table is a misdeed that is not tested.
#[test]
fn every_rogue_is_in_one_table() {
    let tables: [&[Case]; 15] = [
        aggregate::rogue::PLANNED,
        aggregate::rogue::GROUPED,
        aggregate::rogue::MERGED,
        aggregate::rogue::CONVERTED,
        aggregate::rogue::FRAMED,
        window::FAILING,
        table::FAILING,
        table::PLANNED,
        map_batches::FAILING,
        grouped::FAILING,
        grouped::COGROUPED,
        reader::MADE,
        reader::PLANNED,
        reader::READ,
        writer::FAILING,
    ];
    let proper = [
        aggregate::rogue::PROPER,
        window::PROPER,
        table::PROPER,
        map_batches::PROPER,
        grouped::PROPER,
        reader::PROPER,
        writer::PROPER,
    ];
    let mut tested: BTreeMap<&str, usize> = BTreeMap::new();
    let failing = tables.into_iter().flatten().map(|(function, _)| *function);
    for function in failing.chain(proper.into_iter().flatten().copied()) {
        *tested.entry(function).or_default() += 1;
    }
    let component = runtime()
        .component(stored("hostile"))
        .expect("it describes itself");
    let functions = component.description().functions.iter();
    // Those of values are in [`crate::hostile`].
    for function in functions.filter(|function| function.kind != Kind::Scalar) {
        let name = function.name.as_str();
        assert_eq!(tested.remove(name), Some(1), "{name}");
    }
    assert!(tested.is_empty(), "the guest has none of {tested:?}");
}
