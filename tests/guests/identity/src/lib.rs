//! Functions that return what they are given.
use arrowbox_sdk::array::ArrayRef;
use arrowbox_sdk::{same_as_first, scalar};

/// Its argument.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity(value: &ArrayRef) -> ArrayRef {
    ArrayRef::clone(value)
}

arrowbox_sdk::export!(identity);
