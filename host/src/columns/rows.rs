//! Other types, and other rows of the same values.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, OffsetSizeTrait, UInt64Array},
    compute::{self, CastOptions, SortOptions, TakeOptions, cast_with_options, sort_to_indices},
    datatypes::{DataType, UInt64Type},
};
use datafusion::common::cast::as_boolean_array;

use super::{Result, bounded, refuse};

/// Every value of another type; an error where one is not a value of it.
pub(crate) fn cast(values: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if values.data_type() == wanted {
        return Ok(Arc::clone(values));
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(values, wanted, &options)?)
}

/// The rows whose mask is true.
pub(crate) fn filter(values: &ArrayRef, mask: &ArrayRef) -> Result<ArrayRef> {
    if values.len() != mask.len() {
        return refuse(format!(
            "a mask of {} rows does not fit a column of {}",
            mask.len(),
            values.len()
        ));
    }
    Ok(compute::filter(values, as_boolean_array(mask)?)?)
}

/// The rows at some places.
pub(crate) fn take(values: &ArrayRef, places: &ArrayRef) -> Result<ArrayRef> {
    if !places.data_type().is_integer() {
        return refuse(format!(
            "places of rows are integers, not {}",
            places.data_type()
        ));
    }
    let places = cast(places, &DataType::UInt64)?;
    let places = places.as_primitive::<UInt64Type>();
    bounded(taken(values, places)?)?;
    let options = TakeOptions { check_bounds: true };
    Ok(compute::take(values, places, Some(options))?)
}

/// Bytes that the rows at some places take, about.
fn taken(values: &ArrayRef, places: &UInt64Array) -> Result<usize> {
    fn bytes<O: OffsetSizeTrait>(offsets: &[O], places: &UInt64Array) -> usize {
        let length = |place: u64| {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            let end = place.checked_add(1).and_then(|next| offsets.get(next));
            end.map_or(0, |end| (*end - offsets[place]).as_usize())
        };
        places.iter().flatten().map(length).sum()
    }
    Ok(match values.data_type() {
        DataType::Utf8 => bytes(values.as_string::<i32>().value_offsets(), places),
        DataType::LargeUtf8 => bytes(values.as_string::<i64>().value_offsets(), places),
        DataType::Binary => bytes(values.as_binary::<i32>().value_offsets(), places),
        DataType::LargeBinary => bytes(values.as_binary::<i64>().value_offsets(), places),
        // Views, and keys of dictionaries, are all that is copied.
        DataType::Utf8View | DataType::BinaryView | DataType::Dictionary(..) => places.len() * 16,
        _ if values.is_empty() => 0,
        _ => {
            let all = values.to_data().get_slice_memory_size()?;
            match values.data_type().is_nested() {
                // One row can be nearly all of it.
                true => all.saturating_mul(places.len().div_ceil(values.len())),
                false => (all / values.len()).saturating_mul(places.len()),
            }
        }
    })
}

/// The places of the rows in their order.
pub(crate) fn sort(values: &ArrayRef, descending: bool, nulls_first: bool) -> Result<ArrayRef> {
    let options = SortOptions {
        descending,
        nulls_first,
    };
    let places = sort_to_indices(values, Some(options), None)?;
    let places: ArrayRef = Arc::new(places);
    cast(&places, &DataType::UInt64)
}

/// Columns of one type, one behind the other.
pub(crate) fn concat(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let Some((first, rest)) = columns.split_first() else {
        return refuse("there are no columns to put one behind the other");
    };
    if let Some(other) = rest
        .iter()
        .find(|other| other.data_type() != first.data_type())
    {
        return refuse(format!(
            "a column of the type {} can not stand behind one of the type {}",
            other.data_type(),
            first.data_type()
        ));
    }
    let mut bytes: usize = 0;
    for column in columns {
        bytes = bytes.saturating_add(column.to_data().get_slice_memory_size()?);
    }
    bounded(bytes)?;
    let columns: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    Ok(compute::concat(&columns)?)
}
