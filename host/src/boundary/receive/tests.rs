//! Arrays are sent and received again; then what was sent is damaged at random, and whatever comes out of
//! that must be an error or a valid array.

use std::sync::Arc;

use arrow::{
    array::*,
    buffer::{OffsetBuffer, ScalarBuffer},
    datatypes::*,
    util::display::{ArrayFormatter, FormatOptions},
};
use proptest::prelude::*;

use super::*;
use crate::{boundary::Outgoing, sandbox::Loose};

/// Where the buffers begin: address zero is nobody's.
const BASE: u32 = 1024;

fn field(data_type: &DataType) -> FieldRef {
    Arc::new(Field::new("result", data_type.clone(), true))
}

fn item(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, true))
}

/// One array of each layout, with nulls, sliced so that nothing begins at a byte or at zero.
fn arrays() -> Vec<ArrayRef> {
    let words = [
        "a",
        "",
        "ein langer Text, der nicht in eine Sicht passt",
        "ß",
        "noch einer, auch zu lang",
    ];
    let text = |i: usize| (i % 7 != 3).then(|| words[i % words.len()]);
    let number = |i: usize| (i % 5 != 2).then_some(i as i64 * 1_000_003);
    let numbers = || -> ArrayRef { Arc::new((0..120).map(number).collect::<Int64Array>()) };
    let lengths = (0..30).map(|i| i % 5);
    let offsets = || OffsetBuffer::<i32>::from_lengths(lengths.clone());
    let nulls = NullBuffer::from_iter((0..30).map(|i| i % 4 != 1));
    let dictionary: DictionaryArray<Int8Type> = (0..40).map(text).collect();
    let runs = Int32Array::from(vec![3, 4, 10, 11, 25]);
    let run_values: StringArray = (0..5).map(text).collect();
    let union_fields = UnionFields::try_new(
        [1, 4],
        [
            Field::new("n", DataType::Int64, true),
            Field::new("s", DataType::Utf8, true),
        ],
    )
    .unwrap();
    let ids: ScalarBuffer<i8> = (0..20).map(|i| if i % 3 == 0 { 1 } else { 4 }).collect();
    let dense: ScalarBuffer<i32> = (0..20).collect();
    let children = || -> Vec<ArrayRef> {
        vec![
            numbers().slice(0, 20),
            Arc::new((0..20).map(text).collect::<StringArray>()),
        ]
    };
    let view_offsets: ScalarBuffer<i32> = (0..30).map(|i| (i * 7) % 100).collect();
    let view_sizes: ScalarBuffer<i32> = (0..30).map(|i| i % 4).collect();
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for i in 0..12 {
        for key in 0..i % 3 {
            map.keys().append_value(format!("key {key}"));
            map.values().append_option((key != 1).then_some(i));
        }
        map.append(i % 5 != 4).unwrap();
    }
    let whole: Vec<ArrayRef> = vec![
        numbers(),
        Arc::new(
            (0..90)
                .map(|i| (i % 6 != 1).then_some(i % 3 == 0))
                .collect::<BooleanArray>(),
        ),
        Arc::new((0..50).map(text).collect::<StringArray>()),
        Arc::new((0..50).map(text).collect::<LargeStringArray>()),
        Arc::new((0..50).map(text).collect::<StringViewArray>()),
        Arc::new(
            (0..50)
                .map(|i| text(i).map(str::as_bytes))
                .collect::<BinaryViewArray>(),
        ),
        Arc::new(
            (0..50)
                .map(|i| text(i).map(str::as_bytes))
                .collect::<BinaryArray>(),
        ),
        Arc::new(NullArray::new(40)),
        Arc::new(Decimal128Array::from_iter(
            (0..40).map(|i| (i != 7).then_some(i128::from(i) << 40)),
        )),
        Arc::new(FixedSizeBinaryArray::try_from_iter((0..20_u8).map(|i| [i; 3])).unwrap()),
        Arc::new(ListArray::new(
            item(DataType::Int64),
            offsets(),
            numbers(),
            Some(nulls.clone()),
        )),
        Arc::new(ListViewArray::new(
            item(DataType::Int64),
            view_offsets,
            view_sizes,
            numbers(),
            Some(nulls.clone()),
        )),
        Arc::new(FixedSizeListArray::new(
            item(DataType::Int64),
            4,
            numbers(),
            Some(nulls),
        )),
        Arc::new(StructArray::from(vec![
            (item(DataType::Int64), numbers().slice(0, 40)),
            (
                item(DataType::Utf8),
                Arc::new((0..40).map(text).collect::<StringArray>()) as ArrayRef,
            ),
        ])),
        Arc::new(map.finish()),
        Arc::new(dictionary),
        Arc::new(RunArray::try_new(&runs, &run_values).unwrap()),
        Arc::new(
            UnionArray::try_new(union_fields.clone(), ids.clone(), Some(dense), children())
                .unwrap(),
        ),
        Arc::new(UnionArray::try_new(union_fields, ids, None, children()).unwrap()),
    ];
    let sliced = whole
        .iter()
        .map(|array| array.slice(5, array.len() - 9))
        .collect::<Vec<_>>();
    let empty = whole
        .iter()
        .map(|array| array.slice(1, 0))
        .collect::<Vec<_>>();
    [whole, sliced, empty].concat()
}

#[test]
fn a_view_under_a_null_does_not_point_at_what_is_not_sent() {
    let text = StringViewArray::from(vec!["a".repeat(20), "b".repeat(20)]);
    // The view of the second row stays as it is, and nothing else refers to the end of the buffer.
    let array = arrow::compute::nullif(&text, &BooleanArray::from(vec![false, true])).unwrap();
    let (memory, batch) = send(&array);
    let field = field(array.data_type());
    let interrupt = Interrupt::default();
    let back = receive_one(&batch, &field, 2, &memory.lease(), &interrupt).unwrap();
    assert_eq!(&back, &array);
}

#[test]
fn one_long_value_in_many_places_is_refused() {
    let long: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(200_000)]));
    let wide = FixedSizeBinaryArray::try_from_iter([vec![0_u8; 1 << 16]].into_iter()).unwrap();
    let wide: ArrayRef = Arc::new(wide);
    let one = |values: &ArrayRef, rows: usize| -> ArrayRef {
        let keys = Int32Array::from(vec![0; rows]);
        Arc::new(DictionaryArray::new(keys, Arc::clone(values)))
    };
    let parts = StructArray::from(vec![(item(DataType::Utf8), Arc::clone(&long))]);
    let views = ListViewArray::new(
        item(DataType::Utf8),
        vec![0; 8192].into(),
        vec![1; 8192].into(),
        Arc::clone(&long),
        None,
    );
    let ends = Int32Array::from(vec![8192]);
    let runs = RunArray::try_new(&ends, &StringArray::from(vec!["x".repeat(200_000)]));
    let often = [
        one(&long, 8192),
        one(&wide, 1 << 15),
        one(&(Arc::new(parts) as ArrayRef), 8192),
        Arc::new(views),
        Arc::new(runs.unwrap()),
    ];
    for array in often {
        let (memory, batch) = send(&array);
        let field = field(array.data_type());
        let interrupt = Interrupt::default();
        let refused = receive_one(&batch, &field, array.len(), &memory.lease(), &interrupt);
        assert!(
            matches!(refused, Err(ReceiveError::Expanded { .. })),
            "{}",
            array.data_type()
        );
    }
}

#[test]
fn nulls_that_no_bitmap_tells_of_are_nulls() {
    let values = StringArray::from(vec![Some("a"), None]);
    let words = DictionaryArray::new(Int32Array::from(vec![0, 1]), Arc::new(values.clone()));
    let runs = RunArray::try_new(&Int32Array::from(vec![1, 2]), &values).unwrap();
    let hidden: [ArrayRef; 3] = [Arc::new(words), Arc::new(runs), Arc::new(NullArray::new(2))];
    for array in hidden {
        let (memory, batch) = send(&array);
        let never = Arc::new(Field::new("result", array.data_type().clone(), false));
        let interrupt = Interrupt::default();
        let refused = receive_one(&batch, &never, 2, &memory.lease(), &interrupt);
        assert!(
            matches!(refused, Err(ReceiveError::Nulls(_))),
            "{}",
            array.data_type()
        );
        let given = accept(2, vec![array], &[never], Rows::Exactly(2));
        assert!(matches!(given, Err(ReceiveError::Nulls(_))));
    }
}

fn receive_one(
    batch: &wire::Batch,
    field: &FieldRef,
    rows: usize,
    source: &Source,
    interrupt: &Interrupt,
) -> Result<ArrayRef, ReceiveError> {
    let fields = std::slice::from_ref(field);
    let (mut columns, _, _) = receive(
        batch.clone(),
        fields,
        Rows::Exactly(rows),
        source,
        interrupt,
    )?;
    Ok(columns.remove(0))
}

fn send(array: &ArrayRef) -> (Loose, wire::Batch) {
    let outgoing = Outgoing::new([array]).unwrap();
    let mut memory = Loose::new(BASE as usize + outgoing.region() as usize);
    let batch = outgoing
        .write(array.len(), BASE, &mut memory.memory())
        .unwrap();
    (memory, batch)
}

#[test]
fn an_array_of_every_layout_comes_back() {
    for array in arrays() {
        let (memory, batch) = send(&array);
        let field = field(array.data_type());
        let back = receive_one(
            &batch,
            &field,
            array.len(),
            &memory.lease(),
            &Interrupt::default(),
        )
        .unwrap_or_else(|error| panic!("{}: {error}", array.data_type()));
        assert_eq!(&back, &array, "{}", array.data_type());
    }
}

#[test]
fn an_array_of_every_layout_comes_back_as_bytes() {
    for array in arrays() {
        let outgoing = Outgoing::new([&array]).unwrap();
        let bytes = outgoing.bytes();
        let batch = outgoing.into_bytes(array.len()).unwrap();
        let field = field(array.data_type());
        let interrupt = Interrupt::default();
        let source = Source::Bytes(bytes + (1 << 16));
        let back = receive_one(&batch, &field, array.len(), &source, &interrupt)
            .unwrap_or_else(|error| panic!("{}: {error}", array.data_type()));
        assert_eq!(&back, &array, "{}", array.data_type());
        // More than the guest has, and what is no buffer of its lane.
        if bytes > 0 {
            let little = receive_one(&batch, &field, array.len(), &Source::Bytes(0), &interrupt);
            assert!(little.is_err(), "{}", array.data_type());
            let (memory, _) = send(&array);
            let other = receive_one(&batch, &field, array.len(), &memory.lease(), &interrupt);
            assert!(other.is_err(), "{}", array.data_type());
        }
    }
}

#[test]
fn bytes_that_begin_anywhere_become_an_aligned_buffer() {
    for skipped in 0..16 {
        let mut bytes: Vec<u8> = (0..100).collect();
        bytes.drain(..skipped);
        let buffer = aligned(bytes.clone(), 64);
        assert_eq!(buffer.as_ptr().addr() % 64, 0);
        assert_eq!(buffer.as_slice(), bytes);
    }
}

#[test]
fn a_copy_is_the_same_and_leaves_the_memory() {
    for array in arrays() {
        let (mut memory, batch) = send(&array);
        let field = field(array.data_type());
        let interrupt = Interrupt::default();
        let lease = memory.lease();
        let back = receive_one(&batch, &field, array.len(), &lease, &interrupt).unwrap();
        let (own, _) = crate::boundary::copy_out(&back);
        drop((back, lease));
        // Not leased any more: this would panic.
        memory.memory().write(BASE, &[0xFF; 64]).unwrap();
        assert_eq!(&own, &array, "{}", array.data_type());
    }
}

/// One lie.
#[derive(Debug, Clone)]
enum Lie {
    Rows(u64),
    Length(usize, u64),
    NullCount(usize, u64),
    Address(usize, u32),
    SpanLength(usize, u32),
    Variadic(usize, u64),
    Byte(u32, u8),
    DropNode,
    DropBuffer,
    AddBuffer(u32, u32),
    AsBytes(usize),
}

fn lie() -> impl Strategy<Value = Lie> {
    let number = || {
        prop_oneof![
            0..70_u64,
            Just(u64::MAX),
            Just(1 << 31),
            Just(1 << 63),
            any::<u64>()
        ]
    };
    let small = || prop_oneof![0..70_u32, 1000..5000_u32, Just(u32::MAX), any::<u32>()];
    let index = || 0..8_usize;
    prop_oneof![
        1 => number().prop_map(Lie::Rows),
        1 => (index(), number()).prop_map(|(i, n)| Lie::Length(i, n)),
        1 => (index(), number()).prop_map(|(i, n)| Lie::NullCount(i, n)),
        1 => (index(), small()).prop_map(|(i, n)| Lie::Address(i, n)),
        1 => (index(), small()).prop_map(|(i, n)| Lie::SpanLength(i, n)),
        1 => (index(), number()).prop_map(|(i, n)| Lie::Variadic(i, n)),
        10 => (0..4000_u32, any::<u8>()).prop_map(|(at, byte)| Lie::Byte(at, byte)),
        1 => Just(Lie::DropNode),
        1 => Just(Lie::DropBuffer),
        1 => (small(), small()).prop_map(|(a, l)| Lie::AddBuffer(a, l)),
        1 => index().prop_map(Lie::AsBytes),
    ]
}

impl Lie {
    fn tell(&self, batch: &mut wire::Batch, memory: &mut Loose) {
        let span = |buffers: &mut Vec<wire::Buffer>, i: usize, change: &dyn Fn(&mut wire::Span)| {
            if let Some(wire::Buffer::Span(span)) = buffers.get_mut(i) {
                change(span);
            }
        };
        match *self {
            Self::Rows(rows) => batch.rows = rows,
            Self::Length(i, length) => {
                if let Some(node) = batch.nodes.get_mut(i) {
                    node.length = length;
                }
            }
            Self::NullCount(i, count) => {
                if let Some(node) = batch.nodes.get_mut(i) {
                    node.null_count = count;
                }
            }
            Self::Address(i, address) => {
                span(&mut batch.buffers, i, &|span| span.address = address)
            }
            Self::SpanLength(i, length) => {
                span(&mut batch.buffers, i, &|span| span.length = length)
            }
            Self::Variadic(i, count) => {
                if let Some(variadic) = batch.variadic.get_mut(i) {
                    *variadic = count;
                }
            }
            // Past the end is not written.
            Self::Byte(at, byte) => drop(memory.memory().write(BASE + at, &[byte])),
            Self::DropNode => drop(batch.nodes.pop()),
            Self::DropBuffer => drop(batch.buffers.pop()),
            Self::AddBuffer(address, length) => {
                batch
                    .buffers
                    .push(wire::Buffer::Span(wire::Span { address, length }));
            }
            Self::AsBytes(i) => {
                if let Some(buffer) = batch.buffers.get_mut(i) {
                    *buffer = wire::Buffer::Bytes(vec![0; 8]);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn damage_is_an_error_or_a_valid_array(
        which in any::<prop::sample::Index>(),
        lies in prop::collection::vec(lie(), 1..4),
    ) {
        let arrays = arrays();
        let array = which.get(&arrays);
        let (mut memory, mut batch) = send(array);
        for lie in &lies {
            lie.tell(&mut batch, &mut memory);
        }
        let field = field(array.data_type());
        let received = receive_one(&batch, &field, array.len(), &memory.lease(), &Interrupt::default());
        if let Ok(received) = received {
            prop_assert_eq!(received.len(), array.len());
            prop_assert!(received.to_data().validate_full().is_ok());
            // Reads every value.
            let format = FormatOptions::new().with_display_error(true);
            let formatter = ArrayFormatter::try_new(&received, &format).unwrap();
            for row in 0..received.len() {
                let _ = formatter.value(row).try_to_string();
            }
        }
    }
}
