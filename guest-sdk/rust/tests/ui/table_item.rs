use arrowbox_sdk::table;

struct Part {
    index: i64,
}

#[table]
fn parts(count: i64) -> Vec<Part> {
    (0..count).map(|index| Part { index }).collect()
}

fn main() {}
