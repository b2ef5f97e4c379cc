use arrowbox_sdk::map_batches;

struct Scorer;

#[map_batches]
impl Scorer {
    fn push(&mut self) {}
}

fn main() {}
