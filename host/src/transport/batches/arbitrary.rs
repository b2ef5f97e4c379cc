//! Arrays of every type, for tests. Everything in them is a slice of something longer.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayData, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, GenericListArray,
        GenericListViewArray, Int32Array, MapArray, NullArray, OffsetSizeTrait, RunArray,
        StructArray, UnionArray, make_array,
    },
    buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer},
    datatypes::{
        DataType, Field, FieldRef, Fields, Int32Type, IntervalUnit, TimeUnit, UnionFields,
        UnionMode,
    },
};
use proptest::prelude::*;

/// A type, with up to three others in it.
pub(super) fn data_type() -> impl Strategy<Value = DataType> {
    let flat = prop_oneof![
        prop::sample::select(vec![
            DataType::Null,
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt64,
            DataType::Float16,
            DataType::Float64,
            DataType::Decimal32(9, 2),
            DataType::Decimal128(38, 2),
            DataType::Decimal256(76, 2),
            DataType::Date32,
            DataType::Time64(TimeUnit::Nanosecond),
            DataType::Timestamp(TimeUnit::Microsecond, Some("+02:00".into())),
            DataType::Duration(TimeUnit::Second),
            DataType::Interval(IntervalUnit::MonthDayNano),
            DataType::FixedSizeBinary(5),
        ]),
        prop::sample::select(vec![
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Binary,
            DataType::LargeBinary,
            DataType::BinaryView,
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8View)),
        ]),
    ];
    flat.prop_recursive(3, 8, 2, |inner| {
        let one = inner.clone().prop_map(item);
        let two = (inner.clone(), inner);
        prop_oneof![
            one.clone().prop_map(DataType::List),
            one.clone().prop_map(DataType::LargeList),
            one.clone().prop_map(DataType::ListView),
            one.clone().prop_map(DataType::LargeListView),
            one.clone()
                .prop_map(|field| DataType::FixedSizeList(field, 2)),
            one.prop_map(run_ends),
            two.clone()
                .prop_map(|(a, b)| DataType::Struct(Fields::from(vec![
                    named("a", a),
                    named("b", b)
                ]))),
            (two.clone(), any::<bool>()).prop_map(|((a, b), dense)| {
                let fields = [named("a", a), named("b", b)];
                let mode = match dense {
                    true => UnionMode::Dense,
                    false => UnionMode::Sparse,
                };
                DataType::Union(UnionFields::try_new([3, 7], fields).unwrap(), mode)
            }),
            two.prop_map(|(_, value)| {
                let key = Field::new("key", DataType::Utf8, false);
                let entry = Fields::from(vec![key, named("value", value)]);
                DataType::Map(
                    Arc::new(Field::new("entries", DataType::Struct(entry), false)),
                    false,
                )
            }),
        ]
    })
}

fn named(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn item(data_type: DataType) -> FieldRef {
    Arc::new(named("item", data_type))
}

fn run_ends(values: FieldRef) -> DataType {
    let values = Field::new("values", values.data_type().clone(), true);
    let ends = Field::new("run_ends", DataType::Int32, false);
    DataType::RunEndEncoded(Arc::new(ends), Arc::new(values))
}

/// The next number of a sequence that looks random.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

fn below(seed: &mut u64, bound: usize) -> usize {
    (next(seed) % bound as u64) as usize
}

/// So many rows of this type.
pub(super) fn array(data_type: &DataType, rows: usize, seed: &mut u64) -> ArrayRef {
    let before = below(seed, 12);
    let whole = whole(data_type, before + rows + below(seed, 5), seed);
    whole.slice(before, rows)
}

fn nulls(rows: usize, seed: &mut u64) -> Option<NullBuffer> {
    let some = below(seed, 3) > 0;
    some.then(|| (0..rows).map(|_| below(seed, 4) > 0).collect())
}

fn whole(data_type: &DataType, rows: usize, seed: &mut u64) -> ArrayRef {
    match data_type {
        DataType::Null => Arc::new(NullArray::new(rows)),
        DataType::Boolean => {
            let values = (0..rows).map(|_| below(seed, 2) == 1).collect();
            Arc::new(BooleanArray::new(values, nulls(rows, seed)))
        }
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView => {
            let text = texts(rows, seed);
            arrow::compute::cast(&text, data_type).unwrap()
        }
        DataType::Dictionary(_, values) => {
            let count = 1 + below(seed, 20);
            let values = array(values, count, seed);
            let keys = (0..rows).map(|_| below(seed, count) as i32);
            let keys = Int32Array::new(keys.collect(), nulls(rows, seed));
            Arc::new(DictionaryArray::<Int32Type>::new(keys, values))
        }
        DataType::List(field) => list::<i32>(field, rows, seed),
        DataType::LargeList(field) => list::<i64>(field, rows, seed),
        DataType::ListView(field) => list_view::<i32>(field, rows, seed),
        DataType::LargeListView(field) => list_view::<i64>(field, rows, seed),
        DataType::FixedSizeList(field, size) => {
            let values = array(field.data_type(), rows * *size as usize, seed);
            let nulls = nulls(rows, seed);
            let field = Arc::clone(field);
            Arc::new(
                FixedSizeListArray::try_new_with_length(field, *size, values, nulls, rows).unwrap(),
            )
        }
        DataType::Map(field, ordered) => {
            let (offsets, length) = offsets::<i32>(rows, seed);
            let DataType::Struct(fields) = field.data_type() else {
                unreachable!();
            };
            let keys: ArrayRef = Arc::new(
                (0..length)
                    .map(|key| Some(key.to_string()))
                    .collect::<arrow::array::StringArray>(),
            );
            let values = array(fields[1].data_type(), length, seed);
            let entries = StructArray::new(fields.clone(), vec![keys, values], None);
            let nulls = nulls(rows, seed);
            Arc::new(MapArray::new(
                Arc::clone(field),
                offsets,
                entries,
                nulls,
                *ordered,
            ))
        }
        DataType::Struct(fields) => {
            let children = fields
                .iter()
                .map(|field| array(field.data_type(), rows, seed));
            let children = children.collect();
            Arc::new(StructArray::new(
                fields.clone(),
                children,
                nulls(rows, seed),
            ))
        }
        DataType::Union(fields, mode) => {
            let kinds: Vec<i8> = fields.iter().map(|(kind, _)| kind).collect();
            let length = match mode {
                UnionMode::Sparse => rows,
                UnionMode::Dense => rows + 1 + below(seed, 100),
            };
            let children = fields
                .iter()
                .map(|(_, field)| array(field.data_type(), length, seed));
            let children = children.collect();
            let types = (0..rows).map(|_| kinds[below(seed, kinds.len())]).collect();
            let offsets = (*mode == UnionMode::Dense).then(|| {
                let first = below(seed, length - rows);
                (0..rows).map(|row| (first + row) as i32).collect()
            });
            Arc::new(UnionArray::try_new(fields.clone(), types, offsets, children).unwrap())
        }
        DataType::RunEndEncoded(_, values) => {
            let mut ends = Vec::new();
            while ends.last().is_none_or(|&end| (end as usize) < rows) {
                let last = ends.last().copied().unwrap_or(0);
                ends.push(last + 1 + below(seed, 4) as i32);
            }
            if let Some(last) = ends.last_mut() {
                *last = (rows as i32).max(1);
            }
            let before = ends.len().checked_sub(2).map(|index| ends[index]);
            if before.is_some_and(|before| before >= rows as i32) {
                ends.pop();
            }
            let values = array(values.data_type(), ends.len(), seed);
            let ends = Int32Array::from(ends);
            let run = RunArray::<Int32Type>::try_new(&ends, values.as_ref()).unwrap();
            Arc::new(run.slice(0, rows))
        }
        fixed => {
            let width = match fixed {
                DataType::FixedSizeBinary(width) => *width as usize,
                fixed => fixed.primitive_width().unwrap(),
            };
            let bytes = (0..rows * width)
                .map(|_| next(seed) as u8)
                .collect::<Vec<_>>();
            let nulls = nulls(rows, seed);
            let data = ArrayData::builder(fixed.clone())
                .len(rows)
                .nulls(nulls)
                .add_buffer(Buffer::from(bytes))
                .align_buffers(true);
            make_array(data.build().unwrap())
        }
    }
}

fn texts(rows: usize, seed: &mut u64) -> ArrayRef {
    let texts = (0..rows).map(|_| {
        let length = below(seed, 30);
        (below(seed, 5) > 0).then(|| {
            "déjà vu, more or less"
                .chars()
                .cycle()
                .take(length)
                .collect()
        })
    });
    Arc::new(
        texts
            .collect::<Vec<Option<String>>>()
            .into_iter()
            .collect::<arrow::array::StringArray>(),
    )
}

fn offsets<O: OffsetSizeTrait>(rows: usize, seed: &mut u64) -> (OffsetBuffer<O>, usize) {
    let first = below(seed, 4);
    let lengths: Vec<_> = (0..rows).map(|_| below(seed, 4)).collect();
    let mut end = first;
    let mut offsets = vec![O::usize_as(first)];
    for length in lengths {
        end += length;
        offsets.push(O::usize_as(end));
    }
    (OffsetBuffer::new(offsets.into()), end + below(seed, 3))
}

fn list<O: OffsetSizeTrait>(field: &FieldRef, rows: usize, seed: &mut u64) -> ArrayRef {
    let (offsets, length) = offsets::<O>(rows, seed);
    let values = array(field.data_type(), length, seed);
    let nulls = nulls(rows, seed);
    Arc::new(GenericListArray::new(
        Arc::clone(field),
        offsets,
        values,
        nulls,
    ))
}

fn list_view<O: OffsetSizeTrait>(field: &FieldRef, rows: usize, seed: &mut u64) -> ArrayRef {
    let length = 4 + below(seed, 100);
    let values = array(field.data_type(), length, seed);
    let sizes: ScalarBuffer<O> = (0..rows).map(|_| O::usize_as(below(seed, 4))).collect();
    let offsets = (0..rows).map(|_| O::usize_as(below(seed, length - 3)));
    let offsets: ScalarBuffer<O> = offsets.collect();
    let nulls = nulls(rows, seed);
    Arc::new(GenericListViewArray::new(
        Arc::clone(field),
        offsets,
        sizes,
        values,
        nulls,
    ))
}
