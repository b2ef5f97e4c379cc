//! Every way to go wrong.

use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Int64Array, StringArray};
use arrowbox_sdk::scalar;

/// Says no to three, in words of its own.
#[scalar]
pub fn said_no(x: i64) -> Result<i64, String> {
    match x {
        3 => Err("three is too much".to_owned()),
        x => Ok(x),
    }
}

/// What the language does when a program goes on no more.
#[scalar]
pub fn breaks(x: i64) -> i64 {
    match x {
        3 => panic!("three is too much"),
        x => x,
    }
}

/// Asserts that it is not three.
#[scalar]
pub fn asserts(x: i64) -> i64 {
    assert!(x != 3, "three is too much");
    x
}

/// Calls itself without end.
#[scalar]
#[allow(unconditional_recursion)]
pub fn deep(x: i64) -> i64 {
    let frame = std::hint::black_box([x; 64]);
    1 + deep(x + 1) + std::hint::black_box(frame)[0]
}

/// Takes all memory.
#[scalar]
pub fn hoards(x: i64) -> i64 {
    let mut all = Vec::new();
    loop {
        all.push(std::hint::black_box(vec![x; 1 << 17]));
    }
}

/// Never ends.
#[scalar]
pub fn spins(x: i64) -> i64 {
    let mut n = x;
    loop {
        n = std::hint::black_box(n + 1);
        if n == i64::MAX {
            return n;
        }
    }
}

/// Gives text where it promised numbers.
#[scalar(arguments("Int64"), returns = "Int64")]
pub fn wrong_type(x: &Int64Array) -> ArrayRef {
    Arc::new(x.iter().map(|_| Some("text")).collect::<StringArray>())
}

/// Gives one value, however many rows there are.
#[scalar]
pub fn wrong_length(x: &Int64Array) -> Int64Array {
    Int64Array::from(vec![x.values().first().copied().unwrap_or(0)])
}
