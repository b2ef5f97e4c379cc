//! Functions of columns that stay with the host.

use std::hint::black_box;

use arrow::array::ArrayRef;

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
    let scope = scope(2);
    let (few, many) = (arguments(ROWS)?, arguments(MANY)?);
    let function = components.scalar(NAME)?;
    let native = |arguments| Call::new(native::udf("add_one"), arguments, None);
    let wasm = |arguments| Call::new(function.clone(), arguments, Some(&scope));
    let (native_few, native_many) = (native(&few)?, native(&many)?);
    let (wasm_few, wasm_many) = (wasm(&few)?, wasm(&many)?);
    for (native, wasm) in [(&native_few, &wasm_few), (&native_many, &wasm_many)] {
        if native.run().as_ref() != wasm.run().as_ref() {
            return Err(format!("{NAME} gives other values in the sandbox").into());
        }
    }
    // Both sizes in turn, since what rows cost is a small part of what calls cost.
    let run = |call: &Call| drop(black_box(call.run()));
    let native = pair(|| run(&native_few), || run(&native_many));
    let wasm = pair(|| run(&wasm_few), || run(&wasm_many));
    // Lines through the times of two sizes: what rows cost, and not calls.
    let per_row = |sizes: &Pair| (sizes.wasm - sizes.native) / (MANY - ROWS) as f64;
    let (native_row, wasm_row) = (per_row(&native), per_row(&wasm));
    let ratio = wasm_row / native_row;
    let mut rows = Record::new(
        "rows of a column, against the function in Rust",
        ratio,
        "× native",
    );
    if native_row > 0.0 && wasm_row > 0.0 {
        rows.native_ns_per_row = Some(native_row);
        rows.wasm_ns_per_row = Some(wasm_row);
        rows.ratio = Some(ratio);
    } else {
        // Less than what calls differ by.
        rows.value = None;
    }
    rows.function = Some(NAME.to_owned());
    let of_size = |native, wasm, rows| {
        let times = Pair {
            native,
            wasm,
            ratio: wasm / native,
        };
        let mut record = times.record("a batch of a column, against the function in Rust", rows);
        record.function = Some(NAME.to_owned());
        record
    };
    Ok(vec![
        rows.at_most(3.0),
        of_size(native.native, wasm.native, ROWS),
        of_size(native.wasm, wasm.wasm, MANY),
        besides_rows(components, NAME)?.at_most(CALL),
    ])
}

fn arguments(rows: usize) -> Outcome<Vec<ArrayRef>> {
    let case = CASES.iter().find(|case| case.name == "add_one");
    Ok((case.ok_or("there is no add_one")?.arguments)(rows))
}
