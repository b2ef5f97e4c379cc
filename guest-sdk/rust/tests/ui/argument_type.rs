use arrowbox_sdk::scalar;

#[scalar]
fn count(things: usize) -> i64 {
    things as i64
}

fn main() {}
