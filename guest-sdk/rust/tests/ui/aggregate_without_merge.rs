use arrowbox_sdk::{Row, aggregate};

#[derive(Row, Clone, Default)]
struct Total {
    sum: i64,
}

#[aggregate]
impl Total {
    fn update(&mut self, value: i64) {
        self.sum += value;
    }

    fn evaluate(&self) -> i64 {
        self.sum
    }
}

fn main() {}
