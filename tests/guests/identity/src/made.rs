//! Values made of integers. Where the type has nulls of its own, null integers make null values.

use std::sync::Arc;

use arrowbox_sdk::array::builder::{
    BinaryViewBuilder, FixedSizeBinaryBuilder, FixedSizeListBuilder, GenericListBuilder,
    Int64Builder, ListViewBuilder, MapBuilder, StringBuilder, StringViewBuilder,
};
use arrowbox_sdk::array::types::{Int8Type, Int32Type};
use arrowbox_sdk::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Int8Array, Int32Array, Int64Array, LargeListArray, ListArray,
    ListViewArray, MapArray, NullArray, OffsetSizeTrait, RunArray, StringArray, StringViewArray,
    StructArray, UnionArray,
};
use arrowbox_sdk::buffer::ScalarBuffer;
use arrowbox_sdk::datatypes::{ArrowError, DataType, Field, Fields, UnionFields};
use arrowbox_sdk::scalar;

/// Nulls without a buffer.
#[scalar]
pub fn make_null(n: &Int64Array) -> NullArray {
    NullArray::new(n.len())
}

/// Whether a number is odd, in bits that do not begin with a byte.
#[scalar]
pub fn make_boolean(n: &Int64Array) -> BooleanArray {
    let before = [Some(true), None, Some(false)];
    let odd = before
        .into_iter()
        .chain(n.iter().map(|n| n.map(|n| n % 2 != 0)));
    odd.collect::<BooleanArray>().slice(3, n.len())
}

/// The three lowest bytes.
#[scalar(arguments("Int64"), returns = "FixedSizeBinary(3)")]
pub fn make_fixed_size_binary(n: &Int64Array) -> Result<FixedSizeBinaryArray, ArrowError> {
    let mut builder = FixedSizeBinaryBuilder::new(3);
    for n in n {
        match n {
            Some(n) => builder.append_value(&n.to_le_bytes()[..3])?,
            None => builder.append_null(),
        }
    }
    Ok(builder.finish())
}

/// The number, in words that fit into a view or that do not.
fn text(n: i64) -> String {
    match n % 2 {
        0 => format!("{n}"),
        _ => format!("the number {n}, which is odd"),
    }
}

/// Texts in views: even numbers are short enough to be in the view, odd ones are not.
#[scalar]
pub fn make_view(n: &Int64Array) -> StringViewArray {
    let mut builder = StringViewBuilder::new().with_fixed_block_size(256);
    n.iter().for_each(|n| builder.append_option(n.map(text)));
    builder.finish()
}

/// The same as bytes.
#[scalar]
pub fn make_binary_view(n: &Int64Array) -> BinaryViewArray {
    let mut builder = BinaryViewBuilder::new().with_fixed_block_size(256);
    n.iter().for_each(|n| builder.append_option(n.map(text)));
    builder.finish()
}

/// The items of the list that a number makes: none to three of its multiples, the second of them null.
fn items(n: i64) -> impl Iterator<Item = Option<i64>> {
    (0..n.rem_euclid(4)).map(move |i| (i != 1).then_some(n.wrapping_mul(i)))
}

fn lists<O: OffsetSizeTrait>(n: &Int64Array) -> arrowbox_sdk::array::GenericListArray<O> {
    let mut builder = GenericListBuilder::new(Int64Builder::new());
    for n in n {
        match n {
            Some(n) => builder.append_value(items(n)),
            None => builder.append_null(),
        }
    }
    builder.finish()
}

/// Lists of none to three numbers.
#[scalar(arguments("Int64"), returns = "List(Int64)")]
pub fn make_list(n: &Int64Array) -> ListArray {
    lists(n)
}

/// The same with wide offsets.
#[scalar(arguments("Int64"), returns = "LargeList(Int64)")]
pub fn make_large_list(n: &Int64Array) -> LargeListArray {
    lists(n)
}

/// The same as views.
#[scalar(arguments("Int64"), returns = "ListView(Int64)")]
pub fn make_list_view(n: &Int64Array) -> ListViewArray {
    let mut builder = ListViewBuilder::new(Int64Builder::new());
    for n in n {
        match n {
            Some(n) => builder.append_value(items(n)),
            None => builder.append_null(),
        }
    }
    builder.finish()
}

/// A number and the next one.
#[scalar(arguments("Int64"), returns = "FixedSizeList(2 x Int64)")]
pub fn make_fixed_size_list(n: &Int64Array) -> FixedSizeListArray {
    let mut builder = FixedSizeListBuilder::new(Int64Builder::new(), 2);
    for n in n {
        builder.values().append_option(n);
        builder.values().append_option(n.map(|n| n.wrapping_add(1)));
        builder.append(n.is_some());
    }
    builder.finish()
}

/// A number and its text.
#[scalar(arguments("Int64"), returns = r#"Struct("n": Int64, "text": Utf8)"#)]
pub fn make_struct(n: &Int64Array) -> Result<StructArray, ArrowError> {
    let fields: Fields = vec![
        Field::new("n", DataType::Int64, true),
        Field::new("text", DataType::Utf8, true),
    ]
    .into();
    let members: Vec<ArrayRef> = vec![Arc::new(n.clone()), Arc::new(texts(n))];
    StructArray::try_new(fields, members, n.nulls().cloned())
}

fn texts(n: &Int64Array) -> StringArray {
    n.iter().map(|n| n.map(text)).collect()
}

/// Structs without fields.
#[scalar(arguments("Int64"), returns = "Struct()")]
pub fn make_empty_struct(n: &Int64Array) -> StructArray {
    StructArray::new_empty_fields(n.len(), n.nulls().cloned())
}

/// From the texts of the items of a list to the items.
#[scalar(
    arguments("Int64"),
    returns = r#"Map("entries": non-null Struct("keys": non-null Utf8, "values": Int64), unsorted)"#
)]
pub fn make_map(n: &Int64Array) -> Result<MapArray, ArrowError> {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for n in n {
        for (place, item) in n.into_iter().flat_map(items).enumerate() {
            builder.keys().append_value(format!("key {place}"));
            builder.values().append_option(item);
        }
        builder.append(n.is_some())?;
    }
    Ok(builder.finish())
}

fn union_fields() -> UnionFields {
    let number = Arc::new(Field::new("number", DataType::Int64, true));
    let text = Arc::new(Field::new("text", DataType::Utf8, true));
    [(0, number), (5, text)].into_iter().collect()
}

/// Which member a number is: even numbers are numbers, odd ones are text.
fn type_ids(n: &Int64Array) -> ScalarBuffer<i8> {
    let id = |n: Option<i64>| if n.unwrap_or(0) % 2 == 0 { 0 } else { 5 };
    n.iter().map(id).collect()
}

/// Numbers or texts, each member with its own values only.
#[scalar(
    arguments("Int64"),
    returns = r#"Union(Dense, 0: ("number": Int64), 5: ("text": Utf8))"#
)]
pub fn make_dense_union(n: &Int64Array) -> Result<UnionArray, ArrowError> {
    let mut used = [0; 2];
    let type_ids = type_ids(n);
    let offset = |id: &i8| {
        let used = &mut used[usize::from(*id == 5)];
        *used += 1;
        *used - 1
    };
    let offsets = type_ids.iter().map(offset).collect();
    let is_text = |n: &Option<i64>| n.unwrap_or(0) % 2 != 0;
    let numbers: Int64Array = n.iter().filter(|n| !is_text(n)).collect();
    let odd: Int64Array = n.iter().filter(is_text).collect();
    let members: Vec<ArrayRef> = vec![Arc::new(numbers), Arc::new(texts(&odd))];
    UnionArray::try_new(union_fields(), type_ids, Some(offsets), members)
}

/// Numbers or texts, each member with a value for every row.
#[scalar(
    arguments("Int64"),
    returns = r#"Union(Sparse, 0: ("number": Int64), 5: ("text": Utf8))"#
)]
pub fn make_sparse_union(n: &Int64Array) -> Result<UnionArray, ArrowError> {
    let members: Vec<ArrayRef> = vec![Arc::new(n.clone()), Arc::new(texts(n))];
    UnionArray::try_new(union_fields(), type_ids(n), None, members)
}

/// The names of the remainders by three. That of two has none: its key is valid and its value null.
#[scalar(arguments("Int64"), returns = "Dictionary(Int8, Utf8)")]
pub fn make_dictionary(n: &Int64Array) -> Result<DictionaryArray<Int8Type>, ArrowError> {
    let keys: Int8Array = n.iter().map(|n| n.map(|n| n.rem_euclid(3) as i8)).collect();
    let values = StringArray::from(vec![Some("none"), Some("one"), None]);
    DictionaryArray::try_new(keys, Arc::new(values))
}

/// Runs of equal numbers.
#[scalar(
    arguments("Int64"),
    returns = r#"RunEndEncoded("run_ends": non-null Int32, "values": Int64)"#
)]
pub fn make_runs(n: &Int64Array) -> Result<RunArray<Int32Type>, ArrowError> {
    let numbers: Vec<Option<i64>> = n.iter().collect();
    let mut end = 0;
    let (mut ends, mut values) = (Vec::new(), Vec::new());
    for run in numbers.chunk_by(|a, b| a == b) {
        end += run.len() as i32;
        ends.push(end);
        values.push(run[0]);
    }
    RunArray::try_new(&Int32Array::from(ends), &Int64Array::from(values))
}

#[cfg(test)]
mod tests;
