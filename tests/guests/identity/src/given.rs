use arrow_select::concat::concat;
use arrowbox_sdk::array::{Array, ArrayRef, new_null_array};
use arrowbox_sdk::datatypes::ArrowError;
use arrowbox_sdk::{Column, same_as_first, scalar};

/// Its argument, in the buffers that the host wrote.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity(value: &ArrayRef) -> ArrayRef {
    ArrayRef::clone(value)
}

/// Its argument, as a slice of something longer: no buffer begins where the array does.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity_sliced(value: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let before = value.slice(0, value.len().min(3));
    let after = value.slice(0, value.len().min(5));
    Ok(concat(&[&before, value, &after])?.slice(before.len(), value.len()))
}

/// Its argument, copied into buffers that the guest allocates.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity_rebuilt(value: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    // A single array is not copied.
    concat(&[value, &value.slice(0, 0)])
}

/// Its argument, which it sees as the constant that it may be.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity_constant(value: &Column) -> ArrayRef {
    value.expand()
}

/// As many nulls as its argument has values, of the same type.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn all_null(value: &ArrayRef) -> ArrayRef {
    new_null_array(value.data_type(), value.len())
}
