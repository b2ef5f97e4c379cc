use arrowbox_sdk::{Text, scalar};

#[scalar]
fn copy(text: &str, out: &mut Text) -> i64 {
    out.append(text);
    1
}

fn main() {}
