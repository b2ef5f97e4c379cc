use arrowbox_sdk::scalar;

#[scalar]
fn length(text: &str) -> usize {
    text.len()
}

fn main() {}
