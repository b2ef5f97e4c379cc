use std::iter::once;
use std::ops::Range;

use arrow_data::transform::MutableArrayData;
use arrowbox_sdk::array::{Array, ArrayRef, make_array, new_null_array};
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
    let before = value.len().min(3);
    let after = value.len().min(5);
    let longer = copy(value, [0..before, 0..value.len(), 0..after])?;
    Ok(longer.slice(before, value.len()))
}

/// Its argument, copied into buffers that the guest allocates.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn identity_rebuilt(value: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    copy(value, once(0..value.len()))
}

/// These rows of `value`, one range after the other.
fn copy(
    value: &ArrayRef,
    ranges: impl IntoIterator<Item = Range<usize>>,
) -> Result<ArrayRef, ArrowError> {
    let data = value.to_data();
    let mut copied = MutableArrayData::new(vec![&data], false, value.len());
    for range in ranges {
        copied.try_extend(0, range.start, range.end)?;
    }
    Ok(make_array(copied.freeze()))
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
