use std::sync::Arc;

use arrow_array::builder::{
    Int32Builder, ListBuilder, MapBuilder, StringBuilder, StringViewBuilder,
};
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::*;
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::transform::MutableArrayData;
use arrow_schema::{
    DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode,
};

use super::{Encoder, decode, push_field, read_fields};

fn field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type, true))
}

fn encode(array: &dyn Array) -> Encoder {
    let mut encoder = Encoder::default();
    encoder.push(&array.to_data());
    encoder
}

fn round_trip(array: &dyn Array) -> ArrayRef {
    let Encoder {
        nodes,
        buffers,
        variadic,
    } = encode(array);
    let fields = [field("", array.data_type().clone())];
    let mut buffers = buffers.into_iter().map(Ok);
    let mut variadic = variadic.into_iter();
    let mut nodes = nodes.into_iter();
    let decoded = decode(&fields, &mut nodes, &mut buffers, &mut variadic).unwrap();
    assert!(nodes.next().is_none(), "nodes are left");
    assert!(buffers.next().is_none(), "buffers are left");
    assert!(variadic.next().is_none(), "variadic counts are left");
    let [data] = decoded.try_into().unwrap();
    data.validate_full().unwrap();
    make_array(data)
}

fn integers() -> Int32Array {
    (0..20).map(|i| (i % 3 != 0).then_some(i)).collect()
}

fn lists() -> ListArray {
    let mut builder = ListBuilder::new(Int32Builder::new());
    for i in 0..20 {
        if i % 4 == 1 {
            builder.append_null();
        } else {
            builder.append_value((0..i % 5).map(Some));
        }
    }
    builder.finish()
}

fn structs() -> StructArray {
    let members: Vec<(FieldRef, ArrayRef)> = vec![
        (field("a", DataType::Int32), Arc::new(integers())),
        (field("b", lists().data_type().clone()), Arc::new(lists())),
    ];
    let (fields, arrays): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let nulls = NullBuffer::from_iter((0..20).map(|i| i % 7 != 2));
    StructArray::new(fields.into(), arrays, Some(nulls))
}

fn maps() -> MapArray {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for i in 0..20 {
        for key in 0..i % 3 {
            builder.keys().append_value(format!("key {key}"));
            builder.values().append_value(i);
        }
        builder.append(i % 6 != 5).unwrap();
    }
    builder.finish()
}

fn views() -> StringViewArray {
    let mut builder = StringViewBuilder::new().with_fixed_block_size(64);
    for i in 0..20 {
        match i % 4 {
            0 => builder.append_null(),
            1 => builder.append_value("short"),
            _ => builder.append_value(format!("a text that does not fit into its view: {i}")),
        }
    }
    builder.finish()
}

fn unions(mode: UnionMode) -> UnionArray {
    let members = vec![field("i", DataType::Int32), field("s", DataType::Utf8)];
    let fields: UnionFields = [0, 5].into_iter().zip(members).collect();
    let type_ids: ScalarBuffer<i8> = (0..20).map(|i| if i % 3 == 0 { 5 } else { 0 }).collect();
    let texts = StringArray::from_iter_values((0..20).map(|i| format!("text {i}")));
    let offsets = match mode {
        UnionMode::Dense => Some((0..20).rev().collect()),
        UnionMode::Sparse => None,
    };
    UnionArray::try_new(
        fields,
        type_ids,
        offsets,
        vec![Arc::new(integers()), Arc::new(texts)],
    )
    .unwrap()
}

fn runs<R: types::RunEndIndexType>() -> RunArray<R> {
    let ends = [3, 4, 10, 20].map(<R::Native as arrow_buffer::ArrowNativeType>::usize_as);
    let ends = PrimitiveArray::<R>::from_iter_values(ends);
    let values = StringArray::from(vec![Some("a"), None, Some("c"), Some("d")]);
    RunArray::try_new(&ends, &values).unwrap()
}

fn list_views() -> ListViewArray {
    let offsets: ScalarBuffer<i32> = (0..20).map(|i| 19 - i).collect();
    let sizes: ScalarBuffer<i32> = (0..20).map(|i| i % 2).collect();
    let nulls = NullBuffer::from_iter((0..20).map(|i| i != 4));
    let item = field("item", DataType::Int32);
    ListViewArray::new(item, offsets, sizes, Arc::new(integers()), Some(nulls))
}

/// Structs, of twenty rows, in everything that slices its children.
fn structs_within() -> Vec<ArrayRef> {
    let structs = Arc::new(structs());
    let data_type = structs.data_type().clone();
    let data = structs.to_data();
    let mut three_times = MutableArrayData::new(vec![&data], false, 60);
    for _ in 0..3 {
        three_times.try_extend(0, 0, 20).unwrap();
    }
    let three = make_array(three_times.freeze());
    let list = FixedSizeListArray::new(field("item", data_type.clone()), 3, three, None);
    let outer = StructArray::from(vec![(
        field("inner", data_type.clone()),
        Arc::clone(&structs) as ArrayRef,
    )]);
    let fields: UnionFields = [(0, field("s", data_type))].into_iter().collect();
    let union = UnionArray::try_new(
        fields,
        vec![0; 20].into(),
        None,
        vec![Arc::clone(&structs) as ArrayRef],
    );
    let run_ends = Int32Array::from(vec![2, 5, 6, 20]);
    let runs = RunArray::<Int32Type>::try_new(&run_ends, &structs.slice(5, 4)).unwrap();
    let in_structs = FixedSizeListArray::new(
        field("o", outer.data_type().clone()),
        1,
        Arc::new(outer.clone()),
        None,
    );
    vec![
        Arc::new(list),
        Arc::new(outer),
        Arc::new(union.unwrap()),
        Arc::new(runs),
        Arc::new(in_structs),
    ]
}

/// Arrays of twenty rows, of every layout that there is.
fn arrays() -> Vec<ArrayRef> {
    let twenty = || 0..20;
    let dictionary_values = Arc::new(StringArray::from(vec![Some("x"), None, Some("z")]));
    let keys: Int8Array = twenty()
        .map(|i| (i != 3).then_some((i % 3) as i8))
        .collect();
    let fixed = (0..60).map(|i| (i % 5 != 0).then_some(i));
    let fixed = Arc::new(fixed.collect::<Int32Array>());
    vec![
        Arc::new(NullArray::new(20)),
        Arc::new(BooleanArray::from_iter(
            twenty().map(|i| (i % 5 != 0).then_some(i % 2 == 0)),
        )),
        Arc::new(integers()),
        Arc::new(Int64Array::from_iter_values(twenty())),
        Arc::new(UInt8Array::from_iter_values(0..20)),
        Arc::new(Float16Array::from_iter_values(
            twenty().map(|i| half::f16::from_f32(i as f32)),
        )),
        Arc::new(
            Decimal32Array::from_iter_values(0..20)
                .with_precision_and_scale(5, 2)
                .unwrap(),
        ),
        Arc::new(
            Decimal64Array::from_iter_values(twenty())
                .with_precision_and_scale(12, 3)
                .unwrap(),
        ),
        Arc::new(Decimal128Array::from_iter_values(twenty().map(i128::from))),
        Arc::new(Decimal256Array::from_iter_values(
            twenty().map(|i| arrow_buffer::i256::from_i128(i.into())),
        )),
        Arc::new(IntervalMonthDayNanoArray::from_iter_values(
            (0..20).map(|i| arrow_buffer::IntervalMonthDayNano::new(i, 1, 2)),
        )),
        Arc::new(
            TimestampMicrosecondArray::from_iter_values(twenty()).with_timezone("Europe/Zurich"),
        ),
        Arc::new(FixedSizeBinaryArray::try_from_iter(twenty().map(|i| [i as u8; 3])).unwrap()),
        Arc::new(StringArray::from_iter(
            twenty().map(|i| (i % 4 != 0).then(|| i.to_string())),
        )),
        Arc::new(LargeBinaryArray::from_iter_values(
            twenty().map(|i| i.to_string()),
        )),
        Arc::new(views()),
        Arc::new(BinaryViewArray::from_iter_values(
            twenty().map(|i| i.to_string()),
        )),
        Arc::new(lists()),
        Arc::new(LargeListArray::new(
            field("item", DataType::Int32),
            OffsetBuffer::from_lengths([1; 20]),
            Arc::new(integers()),
            None,
        )),
        Arc::new(list_views()),
        Arc::new(FixedSizeListArray::new(
            field("item", DataType::Int32),
            3,
            fixed,
            None,
        )),
        Arc::new(structs()),
        Arc::new(StructArray::new_empty_fields(
            20,
            Some(NullBuffer::new_null(20)),
        )),
        Arc::new(maps()),
        Arc::new(unions(UnionMode::Dense)),
        Arc::new(unions(UnionMode::Sparse)),
        Arc::new(DictionaryArray::<Int8Type>::new(keys, dictionary_values)),
        Arc::new(runs::<Int16Type>()),
        Arc::new(runs::<Int32Type>()),
        Arc::new(runs::<Int64Type>()),
    ]
}

#[test]
fn arrays_of_every_layout_survive() {
    for array in arrays().into_iter().chain(structs_within()) {
        assert_eq!(&round_trip(&array), &array, "{}", array.data_type());
    }
}

#[test]
fn slices_survive() {
    for array in arrays().into_iter().chain(structs_within()) {
        for (offset, length) in [(0, 20), (0, 7), (1, 19), (3, 10), (8, 8), (9, 0), (20, 0)] {
            let slice = array.slice(offset, length);
            let expected = slice.to_data();
            let actual = round_trip(&slice).to_data();
            assert_eq!(actual, expected, "{} {offset} {length}", array.data_type());
            let twice = round_trip(&round_trip(&slice).slice(0, length / 2)).to_data();
            assert_eq!(twice, slice.slice(0, length / 2).to_data());
        }
    }
}

#[test]
fn buffers_are_those_of_the_array() {
    let array = Int64Array::from_iter_values(0..20);
    let encoded = encode(&array.slice(3, 5));
    assert_eq!(encoded.nodes, [(5, 0)]);
    assert!(encoded.buffers[0].is_empty());
    assert_eq!(
        encoded.buffers[1].as_ptr(),
        array.values()[3..].as_ptr().cast()
    );
    assert_eq!(encoded.buffers[1].len(), 40);

    let array = views();
    let encoded = encode(&array);
    assert_eq!(encoded.variadic, [array.data_buffers().len()]);
    assert_eq!(encoded.buffers.len(), 2 + array.data_buffers().len());

    let array = unions(UnionMode::Dense);
    assert_eq!(encode(&array).nodes[0], (20, 0));
    assert_eq!(encode(&NullArray::new(4)).nodes, [(4, 4)]);
}

#[test]
fn a_batch_that_ends_too_early_is_an_error() {
    let fields = [field("", DataType::Utf8)];
    let decode = |nodes: &[(usize, usize)], buffers: usize| {
        let buffers = (0..buffers).map(|_| Ok(arrow_buffer::Buffer::default()));
        decode(&fields, nodes.iter().copied(), buffers, std::iter::empty())
    };
    let error = decode(&[], 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch has fewer nodes than its schema needs"
    );
    let error = decode(&[(0, 0)], 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch has fewer buffers than its schema needs"
    );
}

#[test]
fn fields_survive() {
    let item = |data_type| Arc::new(Field::new("item", data_type, true));
    let dictionary = |ordered| {
        let data_type = DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into());
        Field::new("d", data_type, true).with_dict_is_ordered(ordered)
    };
    let mut fields: Vec<Field> = arrays()
        .iter()
        .map(|array| Field::new("column", array.data_type().clone(), true))
        .collect();
    fields.extend([
        Field::new("", DataType::Int64, false),
        Field::new(
            "t",
            DataType::Timestamp(TimeUnit::Second, Some("UTC".into())),
            true,
        ),
        Field::new("t", DataType::Time32(TimeUnit::Millisecond), true),
        Field::new("t", DataType::Time64(TimeUnit::Nanosecond), true),
        Field::new("t", DataType::Duration(TimeUnit::Microsecond), true),
        Field::new("t", DataType::Interval(IntervalUnit::YearMonth), true),
        Field::new("t", DataType::Interval(IntervalUnit::DayTime), true),
        Field::new("l", DataType::LargeListView(item(DataType::Date64)), true),
        Field::new("s", DataType::Struct(Fields::empty()), true),
        Field::new("m", DataType::Int8, true)
            .with_metadata([("k".into(), "v".into()), ("a".into(), "".into())].into()),
        dictionary(false),
        dictionary(true),
        Field::new("x", DataType::List(Arc::new(dictionary(false))), true),
    ]);
    for field in fields {
        let mut schema = Vec::new();
        push_field(&field, &mut schema).unwrap();
        push_field(&Field::new("next", DataType::UInt64, true), &mut schema).unwrap();
        let read = read_fields(schema).unwrap();
        assert_eq!(read.len(), 2, "{field}");
        assert_eq!(*read[0], field);
        assert_eq!(read[1].name(), "next");
    }
}

#[test]
fn a_schema_that_ends_within_a_field_is_an_error() {
    let mut schema = Vec::new();
    let list = DataType::List(field("item", DataType::Int8));
    push_field(&Field::new("l", list, true), &mut schema).unwrap();
    assert_eq!(schema[0].format, "+l");
    schema.pop();
    assert!(read_fields(schema).is_err());
}

#[test]
fn keys_of_any_width() {
    let keys = UInt64Array::from(vec![Some(1), None, Some(0)]);
    let values = Arc::new(StringArray::from(vec!["a", "b"]));
    let array = DictionaryArray::<UInt64Type>::new(keys, values);
    assert_eq!(&round_trip(&array), &(Arc::new(array.clone()) as ArrayRef));
}
