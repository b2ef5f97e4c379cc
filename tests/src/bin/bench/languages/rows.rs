//! Functions of rows.

use std::{fs, hint::black_box, path::Path};

use arrow::{
    array::{Array, ArrayRef, AsArray},
    datatypes::{DataType, Int64Type},
};

use super::{Outcome, ROWS, components::Components, native::Driver};
use crate::{
    functions::{CASES, Case},
    record::Record,
    sandboxed::{Call, scope},
    timing::{fill, in_turn, median, nanoseconds},
};

/// Those that every language has.
const FUNCTIONS: [&str; 3] = ["add_one(i64)", "gcd(i64, i64)", "upper(utf8)"];

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| FUNCTIONS.contains(&case.label))
}

/// Puts the arguments of each function where programs find them: `<function>/argument-<number>`, a file for each buffer.
pub(super) fn write(folder: &Path) -> Outcome<()> {
    for case in cases() {
        let buffers = (case.arguments)(ROWS);
        write_buffers(&folder.join(case.name), buffers.iter().flat_map(buffers_of))?;
    }
    Ok(())
}

pub(super) fn write_buffers(
    folder: &Path,
    buffers: impl IntoIterator<Item = Vec<u8>>,
) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    for (number, buffer) in buffers.into_iter().enumerate() {
        fs::write(folder.join(format!("argument-{number}")), buffer)?;
    }
    Ok(())
}

/// The buffers of a column without nulls.
fn buffers_of(column: &ArrayRef) -> Vec<Vec<u8>> {
    let data = column.to_data();
    data.buffers().iter().map(|b| b.as_slice().into()).collect()
}

/// Each function in the sandbox, against what `driver` runs.
pub(super) fn measure(components: &Components, driver: &mut Driver) -> Outcome<Vec<Record>> {
    cases()
        .map(|case| function(components, driver, case))
        .collect()
}

fn function(components: &Components, driver: &mut Driver, case: &Case) -> Outcome<Record> {
    let scope = scope(2);
    let arguments = (case.arguments)(ROWS);
    let call = Call::new(components.scalar(case.name)?, &arguments, Some(&scope))?;
    driver.run(case.name, 1)?;
    if values(&call.run()) != driver.result(case.name)? {
        let native = driver.name();
        return Err(format!("{} gives other values in {native}", case.label).into());
    }
    let times = in_turn(
        |calls| driver.run(case.name, calls),
        |calls| Ok(nanoseconds(calls, || drop(black_box(call.run())))),
    )?;
    let mut record = times.record(&format!("against {}", driver.name()), ROWS);
    record.function = Some(case.label.to_owned());
    Ok(match driver.bar() {
        Some(bar) => record.at_most(bar),
        None => record,
    })
}

/// The bytes of all values.
fn values(column: &ArrayRef) -> Vec<u8> {
    match column.data_type() {
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>().values();
            values.inner().as_slice()[..values.len() * 8].to_vec()
        }
        _ => column.as_string::<i32>().value_data().to_vec(),
    }
}

/// What a call costs besides its rows.
pub(super) fn call(components: &Components) -> Outcome<Record> {
    let mut record = besides_rows(components, "add_one")?;
    if components.is_portable()? {
        record = record.at_most(super::CALL);
    }
    Ok(record)
}

/// By a line through the times of batches of one row and of many.
pub(super) fn besides_rows(components: &Components, function: &str) -> Outcome<Record> {
    let scope = scope(2);
    let case = cases().find(|case| case.name == "add_one");
    let arguments = case.ok_or("there is no add_one")?.arguments;
    let time = |rows| -> Outcome<f64> {
        let call = Call::new(components.scalar(function)?, &arguments(rows), Some(&scope))?;
        let mut run = |calls| Ok(nanoseconds(calls, || drop(black_box(call.run()))));
        let calls = fill(&mut run)?;
        let turns: Outcome<Vec<f64>> = (0..15).map(|_| run(calls)).collect();
        Ok(median(turns?.into_iter()))
    };
    let (one, many) = (time(1)?, time(ROWS)?);
    let per_row = (many - one) / (ROWS - 1) as f64;
    let microseconds = (one - per_row) / 1000.0;
    let mut record = Record::new("cost of a call besides its rows", microseconds, "µs");
    record.function = Some(function.to_owned());
    Ok(record)
}
