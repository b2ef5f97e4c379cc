//! What a call, a row and a byte cost.

use std::{
    error::Error,
    fs,
    hint::black_box,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use arrow::{
    array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray, StringViewArray},
    compute::filter,
};

use crate::{
    functions::{CASES, Case, SIZES, comment},
    native,
    record::Record,
    sandboxed::{Call, Sandbox, figures, scope},
    timing::{median, pair},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

pub(crate) fn measure() -> Outcome<Vec<Record>> {
    let sandbox = Sandbox::new()?;
    let mut records = Vec::new();
    for case in &CASES {
        eprintln!("{}", case.label);
        records.extend(function(&sandbox, case)?);
    }
    eprintln!("bytes, partitions and memory");
    records.extend(bytes(&sandbox)?);
    records.push(partitions(&sandbox)?);
    records.push(idle_instance(&sandbox)?);
    Ok(records)
}

/// One function, all batch sizes.
fn function(sandbox: &Sandbox, case: &Case) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    let mut wasm_times = Vec::new();
    for rows in SIZES.into_iter().filter(|rows| *rows <= case.most_rows) {
        let arguments = (case.arguments)(rows);
        let scope = scope(2);
        let native = Call::new(native::udf(case.name), &arguments, None)?;
        let wasm = Call::new(sandbox.udf(case.name)?, &arguments, Some(&scope))?;
        let (expected, found) = (native.run(), wasm.run());
        if expected.to_data() != found.to_data() {
            return Err(format!("{} gives other values in the sandbox", case.label).into());
        }
        drop((expected, found));
        let before = figures(&scope);
        let times = pair(
            || drop(black_box(native.run())),
            || drop(black_box(wasm.run())),
        );
        let after = figures(&scope);
        let calls = after.calls - before.calls;
        wasm_times.push((rows as f64, times.wasm));
        let mut record = times.record("ratio to the native function", rows);
        record.function = Some(case.label.to_owned());
        record.bytes_copied_in = Some((after.bytes_copied_in - before.bytes_copied_in) / calls);
        record.bytes_copied_out = Some((after.bytes_copied_out - before.bytes_copied_out) / calls);
        records.push(match case.bar {
            Some((bar_rows, bar)) if bar_rows == rows => record.at_most(bar),
            _ => record,
        });
    }
    // A line through the two smallest batches: where it meets zero rows is what a call costs.
    let [(rows1, time1), (rows2, time2)] = [wasm_times[0], wasm_times[1]];
    let per_row = (time2 - time1) / (rows2 - rows1);
    let call_ns = time1 - per_row * rows1;
    for record in &mut records {
        record.call_ns = Some(call_ns);
    }
    if case.name == "add_one" {
        let record = Record::new("cost of a call besides its rows", call_ns / 1000.0, "µs");
        records.push(record.at_most(3.0));
    }
    Ok(records)
}

/// Bytes that are copied, against bytes that the arguments refer to.
fn bytes(sandbox: &Sandbox) -> Outcome<Vec<Record>> {
    const ROWS: usize = 8192;
    let numbers =
        |rows: usize| -> ArrayRef { Arc::new(Int64Array::from_iter_values(0..rows as i64)) };
    let utf8: ArrayRef = Arc::new(StringArray::from_iter_values((0..ROWS).map(comment)));
    let views =
        |rows| -> ArrayRef { Arc::new(StringViewArray::from_iter_values((0..rows).map(comment))) };
    let sparse: BooleanArray = (0..100 * ROWS).map(|row| Some(row % 100 == 37)).collect();
    let mut records = Vec::new();
    let cases = [
        ("whole column of i64", "add_one", numbers(ROWS), 1.0),
        ("whole column of utf8", "upper", Arc::clone(&utf8), 1.0),
        ("whole column of utf8view", "upper", views(ROWS), 1.0),
        (
            "slice of a column of utf8",
            "upper",
            utf8.slice(1000, 3000),
            1.0,
        ),
        (
            "slice of a column of utf8view",
            "upper",
            views(ROWS).slice(1000, 3000),
            1.0,
        ),
        (
            "column of i64 filtered to 1 %",
            "add_one",
            filter(&numbers(100 * ROWS), &sparse)?,
            1.1,
        ),
        (
            "column of utf8view filtered to 1 %",
            "upper",
            filter(&views(100 * ROWS), &sparse)?,
            1.1,
        ),
    ];
    let mut copied_out = 0;
    for (label, function, column, bar) in cases {
        let scope = scope(2);
        let call = Call::new(sandbox.udf(function)?, &[Arc::clone(&column)], Some(&scope))?;
        let calls = 20;
        for _ in 0..calls {
            drop(call.run());
        }
        let figures = figures(&scope);
        copied_out += figures.bytes_copied_out;
        let copied = figures.bytes_copied_in as f64 / f64::from(calls);
        let ratio = copied / referenced(&column) as f64;
        let figure = format!("bytes copied in to bytes referenced, {label}");
        let mut record = Record::new(figure, ratio, "×").at_most(bar);
        record.rows = Some(column.len());
        records.push(record);
    }
    records.push(
        Record::new("bytes copied out, steady state", copied_out as f64, "bytes").at_most(0.0),
    );
    Ok(records)
}

/// Bytes that the rows of a column refer to, each counted once.
fn referenced(column: &ArrayRef) -> usize {
    if let Some(views) = column.as_any().downcast_ref::<StringViewArray>() {
        let long = views
            .iter()
            .flatten()
            .map(str::len)
            .filter(|length| *length > 12);
        return views.len() * 16 + long.sum::<usize>();
    }
    if let Some(utf8) = column.as_any().downcast_ref::<StringArray>() {
        let text: usize = utf8.iter().flatten().map(str::len).sum();
        return (utf8.len() + 1) * 4 + text;
    }
    column.len() * 8
}

/// Calls in a second on two cores at once, against one core.
fn partitions(sandbox: &Sandbox) -> Outcome<Record> {
    const ROWS: usize = 8192;
    const TURN: Duration = Duration::from_millis(250);
    let column = |step: i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(
            (0..ROWS as i64).map(|i| i * step),
        ))
    };
    let arguments = [column(1), column(2)];
    let scope = scope(4);
    let udf = sandbox.udf("gcd")?;
    let calls: Vec<Call> = (0..2)
        .map(|_| Call::new(udf.clone(), &arguments, Some(&scope)))
        .collect::<Result<_, _>>()?;
    let run = |threads: usize| {
        let barrier = Barrier::new(threads);
        let count = |call: &Call| {
            drop(call.run());
            barrier.wait();
            let began = Instant::now();
            let mut calls = 0;
            while began.elapsed() < TURN {
                drop(black_box(call.run()));
                calls += 1;
            }
            f64::from(calls) / began.elapsed().as_secs_f64()
        };
        thread::scope(|scope| {
            let threads: Vec<_> = calls[..threads]
                .iter()
                .map(|call| scope.spawn(|| count(call)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .sum::<f64>()
        })
    };
    let turns = (0..9).map(|_| {
        let one = run(1);
        run(2) / one
    });
    let gain = median(turns);
    Ok(Record::new("two partitions on two cores against one", gain, "×").at_least(1.8))
}

/// Resident memory of an instance that waits for its next batch, beside its code.
fn idle_instance(sandbox: &Sandbox) -> Outcome<Record> {
    const INSTANCES: usize = 64;
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..8192));
    let scope = scope(INSTANCES);
    let call = Call::new(
        sandbox.udf("gcd")?,
        &[Arc::clone(&column), column],
        Some(&scope),
    )?;
    // The code is in memory, and so is whatever else the first call needs.
    drop(call.run());
    let before = resident()?;
    let results: Vec<ArrayRef> = (0..INSTANCES).map(|_| call.run()).collect();
    drop(results);
    let made = figures(&scope).instances - 1;
    let each = (resident()? - before) / made as f64 / f64::from(1 << 20);
    Ok(Record::new("resident memory of an idle instance of gcd", each, "MiB").at_most(2.0))
}

/// Bytes of this process in memory.
fn resident() -> Outcome<f64> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = statm.split(' ').nth(1).ok_or("no resident size")?.parse()?;
    Ok(pages * 4096.0)
}
