//! Functions of columns that stay with the host.

use std::hint::black_box;

use super::{CALL, Outcome, ROWS, components::Components, rows::besides_rows};
use crate::{
    functions::CASES,
    native,
    record::Record,
    sandboxed::{Call, scope},
    timing::{Pair, pair},
};

const NAME: &str = "add_one_column";
/// Rows of a batch that is large enough for its rows to be what it costs.
const MANY: usize = 65536;

pub(super) fn measure(components: &Components) -> Outcome<Vec<Record>> {
    let (few, many) = (times(components, ROWS)?, times(components, MANY)?);
    // Lines through the times of two sizes: what rows cost, and not calls.
    let per_row = |few: f64, many: f64| (many - few) / (MANY - ROWS) as f64;
    let native = per_row(few.native, many.native);
    let wasm = per_row(few.wasm, many.wasm);
    let mut rows = Record::new(
        "rows of a column, against the function in Rust",
        wasm / native,
        "× native",
    );
    rows.native_ns_per_row = Some(native);
    rows.wasm_ns_per_row = Some(wasm);
    rows.ratio = Some(wasm / native);
    rows.function = Some(NAME.to_owned());
    let of_size = |times: Pair, rows| {
        let mut record = times.record("a batch of a column, against the function in Rust", rows);
        record.function = Some(NAME.to_owned());
        record
    };
    Ok(vec![
        rows.at_most(3.0),
        of_size(few, ROWS),
        of_size(many, MANY),
        besides_rows(components, NAME)?.at_most(CALL),
    ])
}

fn times(components: &Components, rows: usize) -> Outcome<Pair> {
    let scope = scope(2);
    let case = CASES.iter().find(|case| case.name == "add_one");
    let arguments = (case.ok_or("there is no add_one")?.arguments)(rows);
    let native = Call::new(native::udf("add_one"), &arguments, None)?;
    let wasm = Call::new(components.scalar(NAME)?, &arguments, Some(&scope))?;
    if native.run().as_ref() != wasm.run().as_ref() {
        return Err(format!("{NAME} gives other values in the sandbox").into());
    }
    Ok(pair(
        || drop(black_box(native.run())),
        || drop(black_box(wasm.run())),
    ))
}
