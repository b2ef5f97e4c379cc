//! The functions that benchmarks compare with the same functions outside of a sandbox: built as a component,
//! and linked into the benchmark as they are.

mod json;
mod numbers;
mod text;

pub use json::json_lower;
pub use numbers::{add_one, collatz, gcd, haversine};
pub use text::{sub_str, upper};

arrowbox_sdk::export!(add_one, gcd, haversine, collatz, upper, sub_str, json_lower);
