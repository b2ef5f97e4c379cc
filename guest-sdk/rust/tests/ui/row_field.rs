use arrowbox_sdk::Row;

#[derive(Row)]
struct Part {
    index: usize,
}

fn main() {}
