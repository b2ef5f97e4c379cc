use arrowbox_sdk::array::{Int64Array, ListArray};
use arrowbox_sdk::scalar;

#[scalar]
fn lengths(lists: &ListArray) -> Int64Array {
    lists.iter().map(|list| list.map(|list| list.len() as i64)).collect()
}

fn main() {}
