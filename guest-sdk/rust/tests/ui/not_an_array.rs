use arrowbox_sdk::array::Int64Array;
use arrowbox_sdk::scalar;

#[scalar(arguments("Int64"), returns = "Int64")]
fn copy(values: &Vec2) -> Int64Array {
    values.0.clone()
}

struct Vec2(Int64Array);

fn main() {}
