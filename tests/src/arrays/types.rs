//! Types of Arrow, and types of types.

use std::sync::Arc;

use arrow::datatypes::{
    DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode,
};
use proptest::prelude::*;

/// Every type that is not made of others.
pub fn every_leaf() -> Vec<DataType> {
    use DataType::*;
    use TimeUnit::*;
    let mut types = vec![
        Null,
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Date32,
        Date64,
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
        Decimal32(9, 2),
        Decimal64(18, -3),
        Decimal128(38, 10),
        Decimal256(76, 0),
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        FixedSizeBinary(0),
        FixedSizeBinary(1),
        FixedSizeBinary(7),
    ];
    for unit in [Second, Millisecond, Microsecond, Nanosecond] {
        types.push(Duration(unit));
        types.push(Timestamp(unit, None));
        types.push(Timestamp(unit, Some("UTC".into())));
        types.push(Timestamp(unit, Some("+05:30".into())));
        types.push(Timestamp(unit, Some("America/New_York".into())));
    }
    types
}

/// Any type, up to four deep.
pub fn data_type() -> impl Strategy<Value = DataType> {
    let leaf = || prop::sample::select(every_leaf());
    leaf().prop_recursive(4, 12, 3, move |inner| {
        let field = move |inner: BoxedStrategy<DataType>| {
            (inner, "[a-z]{0,3}")
                .prop_map(|(data_type, name)| Arc::new(Field::new(name, data_type, true)))
        };
        let inner = inner.boxed();
        let item = || field(inner.clone());
        let items = || prop::collection::vec(field(inner.clone()), 0..4);
        prop_oneof![
            item().prop_map(DataType::List),
            item().prop_map(DataType::LargeList),
            item().prop_map(DataType::ListView),
            item().prop_map(DataType::LargeListView),
            (item(), 0..4).prop_map(|(item, size)| DataType::FixedSizeList(item, size)),
            items().prop_map(|items| DataType::Struct(items.into())),
            (leaf(), item())
                .prop_filter_map("keys are never null", |(keys, values)| map(keys, values)),
            (items(), any::<bool>())
                .prop_filter_map("a union has children", |(items, dense)| union(items, dense)),
            (prop::sample::select(keys()), leaf())
                .prop_filter_map("see `dictionary`", |(keys, values)| dictionary(
                    keys, values
                )),
            (prop::sample::select(run_ends()), item())
                .prop_map(|(ends, values)| runs(ends, values)),
        ]
    })
}

fn keys() -> Vec<DataType> {
    use DataType::*;
    vec![Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64]
}

fn run_ends() -> Vec<DataType> {
    vec![DataType::Int16, DataType::Int32, DataType::Int64]
}

/// Not of values without bytes: arrow's own kernels lose how many of them there are.
fn dictionary(keys: DataType, values: DataType) -> Option<DataType> {
    (values != DataType::FixedSizeBinary(0))
        .then(|| DataType::Dictionary(Box::new(keys), Box::new(values)))
}

fn map(keys: DataType, values: FieldRef) -> Option<DataType> {
    if keys.is_null() {
        return None;
    }
    let keys = Field::new("keys", keys, false);
    let values = Field::clone(&values).with_name("values");
    let entries = Field::new(
        "entries",
        DataType::Struct(Fields::from(vec![keys, values])),
        false,
    );
    Some(DataType::Map(Arc::new(entries), false))
}

/// Type ids with gaps between them.
fn union(items: Vec<FieldRef>, dense: bool) -> Option<DataType> {
    if items.is_empty() {
        return None;
    }
    let mode = if dense {
        UnionMode::Dense
    } else {
        UnionMode::Sparse
    };
    let ids = (0..items.len()).map(|index| index as i8 * 3 + 2);
    Some(DataType::Union(
        UnionFields::try_new(ids, items).ok()?,
        mode,
    ))
}

fn runs(ends: DataType, values: FieldRef) -> DataType {
    let values = Field::clone(&values).with_name("values");
    DataType::RunEndEncoded(
        Arc::new(Field::new("run_ends", ends, false)),
        Arc::new(values),
    )
}
