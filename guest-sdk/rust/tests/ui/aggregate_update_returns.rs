use arrowbox_sdk::{Row, aggregate};

#[derive(Row, Clone, Default)]
struct Total {
    sum: i64,
}

#[aggregate]
impl Total {
    fn update(&mut self, value: i64) -> i64 {
        self.sum += value;
        self.sum
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
    }

    fn evaluate(&self) -> i64 {
        self.sum
    }
}

fn main() {}
