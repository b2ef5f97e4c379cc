//! Two sides, measured in turn, so that both see the same machine.

use std::time::{Duration, Instant};

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

/// Measures `native` and `wasm` in turn.
pub(crate) fn pair(mut native: impl FnMut(), mut wasm: impl FnMut()) -> Pair {
    let (native_calls, wasm_calls) = (calls(&mut native), calls(&mut wasm));
    let mut turns = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        turns.push((time(&mut native, native_calls), time(&mut wasm, wasm_calls)));
    }
    Pair {
        native: median(turns.iter().map(|turn| turn.0)),
        wasm: median(turns.iter().map(|turn| turn.1)),
        ratio: median(turns.iter().map(|turn| turn.1 / turn.0)),
    }
}

/// How many calls fill a turn, found while warming up.
fn calls(call: &mut impl FnMut()) -> usize {
    let began = Instant::now();
    let mut calls = 0;
    while began.elapsed() < TURN || calls < 2 {
        call();
        calls += 1;
    }
    calls
}

/// Nanoseconds of one call.
fn time(call: &mut impl FnMut(), calls: usize) -> f64 {
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
