use arrowbox_sdk::window;

#[window]
fn difference(value: f64) -> f64 {
    value
}

fn main() {}
