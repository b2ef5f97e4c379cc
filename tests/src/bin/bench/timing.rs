//! Two sides, measured in turn, so that both see the same machine.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use crate::record::Record;

/// Turns that are counted.
const TURNS: usize = 15;
/// How long one side computes in one turn.
const TURN: Duration = Duration::from_millis(12);

/// Medians over the turns.
pub(crate) struct Pair {
    /// Nanoseconds of one call.
    pub(crate) native: f64,
    pub(crate) wasm: f64,
    /// Of the turns' ratios, wasm to native.
    pub(crate) ratio: f64,
}

impl Pair {
    /// The ratio as a figure of batches of so many rows.
    pub(crate) fn record(&self, figure: &str, rows: usize) -> Record {
        let mut record = Record::new(figure, self.ratio, "× native");
        record.rows = Some(rows);
        record.native_ns_per_row = Some(self.native / rows as f64);
        record.wasm_ns_per_row = Some(self.wasm / rows as f64);
        record.ratio = Some(self.ratio);
        record
    }
}

/// Measures `native` and `wasm` in turn.
pub(crate) fn pair(mut native: impl FnMut(), mut wasm: impl FnMut()) -> Pair {
    let measured = in_turn(
        |calls| Ok::<_, Infallible>(nanoseconds(calls, &mut native)),
        |calls| Ok(nanoseconds(calls, &mut wasm)),
    );
    match measured {
        Ok(pair) => pair,
        Err(never) => match never {},
    }
}

/// Measures two sides in turn, each of which makes so many calls and says how many nanoseconds one took.
pub(crate) fn in_turn<E>(
    mut native: impl FnMut(usize) -> Result<f64, E>,
    mut wasm: impl FnMut(usize) -> Result<f64, E>,
) -> Result<Pair, E> {
    let (native_calls, wasm_calls) = (fill(&mut native)?, fill(&mut wasm)?);
    let mut turns = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        turns.push((native(native_calls)?, wasm(wasm_calls)?));
    }
    Ok(Pair {
        native: median(turns.iter().map(|turn| turn.0)),
        wasm: median(turns.iter().map(|turn| turn.1)),
        ratio: median(turns.iter().map(|turn| turn.1 / turn.0)),
    })
}

/// How many calls fill a turn, found while warming up.
pub(crate) fn fill<E>(run: &mut impl FnMut(usize) -> Result<f64, E>) -> Result<usize, E> {
    let turn = TURN.as_nanos() as f64;
    let mut calls = 2;
    loop {
        let nanoseconds = run(calls)?;
        if nanoseconds * calls as f64 >= turn {
            return Ok(((turn / nanoseconds) as usize).max(2));
        }
        calls *= 2;
    }
}

/// Of one call, of so many.
pub(crate) fn nanoseconds(calls: usize, mut call: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..calls {
        call();
    }
    began.elapsed().as_nanos() as f64 / calls as f64
}

/// The middle one.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
