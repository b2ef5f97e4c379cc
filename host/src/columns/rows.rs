//! Other types, and other rows of the same values.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, UInt64Array},
    compute::{
        self, CastOptions, SortOptions, TakeOptions, cast_with_options, partition, sort_to_indices,
    },
    datatypes::{DataType, UInt64Type},
};
use datafusion::common::cast::as_boolean_array;

use super::{
    Reserve, Result, refuse,
    size::{RowSizes, copied, estimate, room, unpacked},
};

/// Every value of another type; an error where one is not a value of it.
pub(crate) fn cast(values: &ArrayRef, wanted: &DataType, reserve: Reserve<'_>) -> Result<ArrayRef> {
    if values.data_type() == wanted {
        return Ok(Arc::clone(values));
    }
    reserve(estimate(wanted, values.len(), unpacked(values)))?;
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(values, wanted, &options)?)
}

/// The rows whose mask is true.
pub(crate) fn filter(values: &ArrayRef, mask: &ArrayRef, reserve: Reserve<'_>) -> Result<ArrayRef> {
    if values.len() != mask.len() {
        return refuse(format!(
            "a mask of {} rows does not fit a column of {}",
            mask.len(),
            values.len()
        ));
    }
    let mask = as_boolean_array(mask)?;
    reserve(unpacked(values))?;
    Ok(compute::filter(values, mask)?)
}

/// The rows at some places.
pub(crate) fn take(values: &ArrayRef, places: &ArrayRef, reserve: Reserve<'_>) -> Result<ArrayRef> {
    if !places.data_type().is_integer() {
        return refuse(format!(
            "places of rows are integers, not {}",
            places.data_type()
        ));
    }
    let places = cast(places, &DataType::UInt64, reserve)?;
    let places = places.as_primitive::<UInt64Type>();
    let bytes = RowSizes::new(values).at(places.iter().flatten());
    reserve(bytes.saturating_add(room(values, places.len())))?;
    let options = TakeOptions { check_bounds: true };
    Ok(compute::take(values, places, Some(options))?)
}

/// The places of the rows in their order; equal ones stay in the order they had.
pub(crate) fn sort(
    values: &ArrayRef,
    descending: bool,
    nulls_first: bool,
    reserve: Reserve<'_>,
) -> Result<ArrayRef> {
    // A value and its place, the values in a form that can be compared, and the values in their order.
    let bytes = unpacked(values).saturating_mul(2);
    reserve(bytes.saturating_add(values.len().saturating_mul(32)))?;
    let options = SortOptions {
        descending,
        nulls_first,
    };
    let places = sort_to_indices(values, Some(options), None)?;
    // The kernel leaves equal values in any order.
    let sorted = compute::take(values, &places, None)?;
    let mut places: Vec<_> = places.values().iter().copied().map(u64::from).collect();
    for equal in partition(&[sorted])?.ranges() {
        places[equal].sort_unstable();
    }
    Ok(Arc::new(UInt64Array::from(places)))
}

/// Columns of one type, one behind the other.
pub(crate) fn concat(columns: &[ArrayRef], reserve: Reserve<'_>) -> Result<ArrayRef> {
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
    let bytes = columns.iter().map(copied);
    reserve(bytes.fold(0, usize::saturating_add))?;
    let columns: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    Ok(compute::concat(&columns)?)
}
