use arrowbox_sdk::aggregate;

#[derive(Clone, Default)]
struct Total {
    sum: i64,
}

#[aggregate]
impl Total {
    fn update(&mut self, value: i64) {
        self.sum += value;
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
    }

    fn evaluate(&self) -> i64 {
        self.sum
    }
}

fn main() {}
