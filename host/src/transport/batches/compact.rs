//! Arrays without what they do not refer to.
//!
//! The encoder of Arrow IPC leaves out what a slice leaves out of numbers, strings and lists. It does not for
//! views, and it can not for unions below lists and run ends, whose slices it writes as if they began at the
//! first row. Those are made anew here, on their own level, where they know where they begin.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayData, ArrayRef, ArrowPrimitiveType, AsArray, FixedSizeListArray,
        GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait, PrimitiveArray,
        RunArray, StructArray, UnionArray, make_array, new_empty_array,
    },
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::{
        ByteViewType, DataType, FieldRef, Int16Type, Int32Type, Int64Type, RunEndIndexType,
        UInt64Type, UnionMode,
    },
    error::ArrowError,
};
use arrow_select::take::take;

/// The same rows. Most arrays are returned as they are.
pub(super) fn compact(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let data_type = array.data_type();
    if !may_waste(data_type) {
        return Ok(Arc::clone(array));
    }
    if array.is_empty() {
        return Ok(new_empty_array(data_type));
    }
    Ok(match data_type {
        DataType::Utf8View => views(array, array.as_string_view()),
        DataType::BinaryView => views(array, array.as_binary_view()),
        DataType::List(field) => list(field, array.as_list::<i32>())?,
        DataType::LargeList(field) => list(field, array.as_list::<i64>())?,
        DataType::ListView(field) => list_view(field, array.as_list_view::<i32>())?,
        DataType::LargeListView(field) => list_view(field, array.as_list_view::<i64>())?,
        DataType::FixedSizeList(field, size) => {
            let list = array.as_fixed_size_list();
            let values = compact(list.values())?;
            let nulls = list.nulls().cloned();
            let field = Arc::clone(field);
            let list =
                FixedSizeListArray::try_new_with_length(field, *size, values, nulls, list.len())?;
            Arc::new(list)
        }
        DataType::Map(field, ordered) => {
            let map = array.as_map();
            let (offsets, first, length) = rebased(map.offsets());
            let entries: ArrayRef = Arc::new(map.entries().slice(first, length));
            let entries = compact(&entries)?.as_struct().clone();
            let nulls = map.nulls().cloned();
            let field = Arc::clone(field);
            Arc::new(MapArray::try_new(field, offsets, entries, nulls, *ordered)?)
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct();
            let children = columns.columns().iter().map(compact);
            let children = children.collect::<Result<_, _>>()?;
            let nulls = columns.nulls().cloned();
            let length = columns.len();
            let columns =
                StructArray::try_new_with_length(fields.clone(), children, nulls, length)?;
            Arc::new(columns)
        }
        DataType::Union(_, mode) => union(array.as_union(), *mode)?,
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs(array.as_run::<Int16Type>())?,
            DataType::Int32 => runs(array.as_run::<Int32Type>())?,
            _ => runs(array.as_run::<Int64Type>())?,
        },
        _ => Arc::clone(array),
    })
}

/// Whether an array of this type can hold more than it refers to, or is written wrongly below a slice.
fn may_waste(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8View
        | DataType::BinaryView
        | DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => true,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => may_waste(field.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| may_waste(field.data_type())),
        _ => false,
    }
}

/// Whether less than half of it is used.
fn is_waste(used: usize, held: usize) -> bool {
    used < held / 2
}

fn views<T: ByteViewType>(
    array: &ArrayRef,
    views: &arrow::array::GenericByteViewArray<T>,
) -> ArrayRef {
    let held = views.data_buffers().iter().map(|buffer| buffer.len());
    match is_waste(views.total_buffer_bytes_used(), held.sum()) {
        true => Arc::new(views.gc()),
        false => Arc::clone(array),
    }
}

fn list<O: OffsetSizeTrait>(
    field: &FieldRef,
    list: &GenericListArray<O>,
) -> Result<ArrayRef, ArrowError> {
    let (offsets, first, length) = rebased(list.offsets());
    let values = compact(&list.values().slice(first, length))?;
    let nulls = list.nulls().cloned();
    let list = GenericListArray::try_new(Arc::clone(field), offsets, values, nulls)?;
    Ok(Arc::new(list))
}

/// Offsets that begin at zero, where they began before, and how far they go from there.
fn rebased<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, usize, usize) {
    let first = offsets[0];
    let last = offsets[offsets.len() - 1];
    let length = (last - first).as_usize();
    if first == O::zero() {
        return (offsets.clone(), 0, length);
    }
    let moved: ScalarBuffer<O> = offsets.iter().map(|&offset| offset - first).collect();
    (OffsetBuffer::new(moved), first.as_usize(), length)
}

fn list_view<O: OffsetSizeTrait>(
    field: &FieldRef,
    list: &GenericListViewArray<O>,
) -> Result<ArrayRef, ArrowError> {
    let used = list.sizes().iter().map(|size| size.as_usize()).sum();
    let (offsets, values) = match is_waste(used, list.values().len()) {
        false => (list.offsets().clone(), Arc::clone(list.values())),
        true => {
            let mut offsets = Vec::with_capacity(list.len());
            let mut taken = Vec::with_capacity(used);
            for (offset, size) in list.offsets().iter().zip(list.sizes()) {
                offsets.push(O::usize_as(taken.len()));
                let first = offset.as_usize() as u64;
                taken.extend(first..first + size.as_usize() as u64);
            }
            (offsets.into(), rows(list.values(), taken)?)
        }
    };
    let values = compact(&values)?;
    let (sizes, nulls) = (list.sizes().clone(), list.nulls().cloned());
    let field = Arc::clone(field);
    let list = GenericListViewArray::try_new(field, offsets, sizes, values, nulls)?;
    Ok(Arc::new(list))
}

fn runs<R: RunEndIndexType>(runs: &RunArray<R>) -> Result<ArrayRef, ArrowError> {
    let ends: ScalarBuffer<R::Native> = runs.run_ends().sliced_values().collect();
    let ends = PrimitiveArray::<R>::new(ends, None);
    let values = compact(&runs.values_slice())?;
    // Not from its parts, which would forget the names of its fields.
    let data = ArrayData::builder(runs.data_type().clone())
        .len(runs.len())
        .add_child_data(ends.into_data())
        .add_child_data(values.into_data());
    Ok(make_array(data.build()?))
}

fn union(union: &UnionArray, mode: UnionMode) -> Result<ArrayRef, ArrowError> {
    let (fields, types, offsets, children) = union.clone().into_parts();
    let held = children.iter().map(|child| child.len()).sum();
    let wasteful = mode == UnionMode::Dense && is_waste(types.len(), held);
    let (offsets, children) = match offsets {
        Some(offsets) if wasteful => {
            let index = |kind: i8| fields.iter().position(|(known, _)| known == kind);
            let mut taken = vec![Vec::new(); children.len()];
            let mut moved = Vec::with_capacity(types.len());
            for (&kind, &offset) in types.iter().zip(&offsets) {
                // An array has no types but its own.
                let taken = &mut taken[index(kind).unwrap_or_default()];
                moved.push(taken.len() as i32);
                taken.push(offset as u64);
            }
            let children = children.iter().zip(taken);
            let children = children.map(|(child, taken)| rows(child, taken));
            (
                Some(ScalarBuffer::from(moved)),
                children.collect::<Result<Vec<_>, _>>()?,
            )
        }
        offsets => (offsets, children),
    };
    let children = children.iter().map(compact).collect::<Result<_, _>>()?;
    let union = UnionArray::try_new(fields, types, offsets, children)?;
    Ok(Arc::new(union))
}

fn rows(values: &ArrayRef, taken: Vec<u64>) -> Result<ArrayRef, ArrowError> {
    type Index = <UInt64Type as ArrowPrimitiveType>::Native;
    let indices = ScalarBuffer::<Index>::from(taken);
    take(
        values,
        &PrimitiveArray::<UInt64Type>::new(indices, None),
        None,
    )
}
