//! The command `arrowbox`.
fn main() {}
