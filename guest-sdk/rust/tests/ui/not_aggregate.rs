use arrowbox_sdk::testing::{Tolerance, laws};
use arrowbox_sdk::scalar;

#[scalar]
fn double(value: i64) -> i64 {
    2 * value
}

fn main() {
    laws::<double>(&[], Tolerance::Exact);
}
