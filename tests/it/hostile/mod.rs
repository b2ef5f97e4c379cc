//! Whatever a guest does, the query ends with an error that names the function, and the next one works.

mod calls;
mod contents;
mod describe;
mod faults;
mod grants;
mod limits;
mod shapes;
mod tricks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrowbox_host::{Binding, Kind, Limits};
use arrowbox_tests::engine::{self, Query, failure, first_column, stored};

/// A function of the guest `hostile`, and what its failure must say.
pub(crate) type Case = (&'static str, &'static [&'static str]);

/// Rows of the table that functions are called with.
const ROWS: i64 = 1000;

/// Longest message that a user is to read.
const LONGEST: usize = 64 << 10;

/// Enough for what a proper guest does here, in a debug build on a busy machine.
pub(crate) const LIMITS: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_secs(30),
};

/// A query over `t(x)`, which counts from zero, with this function of `hostile`.
fn query(function: &str, limits: Limits) -> Query {
    let numbers: Int64Array = (0..ROWS).collect();
    let binding = Binding {
        limits,
        ..Binding::new(stored("hostile"), function)
    };
    Query::new(1)
        .with(engine::bound(binding))
        .column("t", [Arc::new(numbers) as _])
}

/// Calls the function, which must fail and say this. What is not so is returned.
async fn check(function: &str, limits: Limits, said: &[&str]) -> Vec<String> {
    let result = query(function, limits)
        .rows(&format!("SELECT {function}(x) FROM t"))
        .await;
    complaints("hostile", function, result.map(drop), said)
}

/// What is not as it must be in the failure of a function of a component: whose it is, and what it says.
pub(crate) fn complaints(
    component: &str,
    function: &str,
    result: datafusion::error::Result<()>,
    said: &[&str],
) -> Vec<String> {
    let Err(error) = result else {
        return vec![format!("{function} went unnoticed")];
    };
    let message = engine::said(&error);
    let Some(failure) = failure(&error) else {
        return vec![format!("{function}: not a failed function: {message}")];
    };
    let mut wrong = Vec::new();
    if (failure.function.as_str(), failure.component) != (function, stored(component)) {
        wrong.push(format!(
            "{function}: the failure of {} of {}",
            failure.function, failure.component
        ));
    }
    let (name, digest) = (format!("`{function}`"), stored(component).short());
    for fragment in said.iter().copied().chain([name.as_str(), digest.as_str()]) {
        if !message.contains(fragment) {
            wrong.push(format!(
                "{function}: no {fragment:?} in: {}",
                shown(&message)
            ));
        }
    }
    if message.len() >= LONGEST {
        wrong.push(format!("{function}: a message of {} bytes", message.len()));
    }
    if message.contains(|c: char| c.is_control() && c != '\n') {
        wrong.push(format!(
            "{function}: control characters reach the terminal: {:?}",
            shown(&message)
        ));
    }
    wrong
}

/// Calls functions that must fail, and a proper one after each, which must work.
async fn check_all(cases: &[Case], limits: Limits) {
    let mut wrong = Vec::new();
    for (function, said) in cases {
        wrong.extend(check(function, limits, said).await);
        still_works().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The beginning of a message that can be too long.
fn shown(message: &str) -> &str {
    &message[..message.floor_char_boundary(1000)]
}

/// The next query, in the same process, with the same component.
async fn still_works() {
    let query = query("returns_its_input", LIMITS);
    let rows = query
        .rows("SELECT returns_its_input(x) FROM t")
        .await
        .expect("the next query works");
    let numbers = first_column(&rows);
    assert!(
        numbers
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .copied()
            .eq(0..ROWS)
    );
}

/// A misdeed that is not in a table is a misdeed that is not tested. Those of other kinds are in
/// [`crate::kinds`].
#[test]
fn every_scalar_function_of_the_guest_is_in_one_table() {
    let tables: [&[Case]; 9] = [
        faults::REFUSED,
        faults::TRAPPED,
        limits::SPUN,
        limits::HOARDED,
        calls::CASES,
        shapes::CASES,
        contents::CASES,
        contents::VIEWS,
        grants::CASES,
    ];
    let proper = [
        tricks::PROPER,
        calls::PROPER,
        grants::PROPER,
        limits::PROPER,
        faults::PROPER,
    ];
    let mut tested: BTreeMap<&str, usize> = BTreeMap::new();
    let failing = tables.into_iter().flatten().map(|(function, _)| *function);
    for function in failing.chain(proper.into_iter().flatten().copied()) {
        *tested.entry(function).or_default() += 1;
    }
    let component = engine::runtime()
        .component(stored("hostile"))
        .expect("it describes itself");
    let functions = component.description().functions.iter();
    for function in functions.filter(|function| function.kind == Kind::Scalar) {
        assert_eq!(
            tested.remove(function.name.as_str()),
            Some(1),
            "{}",
            function.name
        );
    }
    assert!(tested.is_empty(), "the guest has none of {tested:?}");
}
