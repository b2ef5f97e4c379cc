use arrowbox_sdk::scalar;

#[scalar]
async fn add_one(x: i64) -> i64 {
    x + 1
}

fn main() {}
