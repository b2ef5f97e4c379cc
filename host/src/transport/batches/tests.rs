use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayData, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch,
        RecordBatchOptions, StringArray, StringViewArray, new_null_array,
    },
    buffer::{Buffer, MutableBuffer},
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, UnionFields, UnionMode},
};
use proptest::prelude::*;

use super::{
    BatchError, BatchReader, BatchWriter, Compression, Encoded, MOST,
    arbitrary::{array, data_type},
    pieces,
};

const ALL: [Compression; 3] = [Compression::None, Compression::Lz4, Compression::Zstd];

fn batch_of(column: ArrayRef) -> RecordBatch {
    let field = Field::new("c", column.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap()
}

fn aligned(bytes: &[u8]) -> Buffer {
    let mut buffer = MutableBuffer::with_capacity(bytes.len());
    buffer.extend_from_slice(bytes);
    buffer.into()
}

/// Reads what was written, as it would come.
fn read(reader: &mut BatchReader, encoded: &Encoded) -> Result<RecordBatch, BatchError> {
    let bytes = encoded.chunks.concat();
    assert_eq!(bytes.len() as u64, encoded.bytes);
    let mut rest = bytes.as_slice();
    let mut batch = None;
    for &(metadata, body) in &encoded.messages {
        let (metadata, behind) = rest.split_at(metadata as usize);
        let (body, behind) = behind.split_at(body as usize);
        rest = behind;
        batch = reader.message(metadata, &aligned(body))?;
    }
    assert!(rest.is_empty());
    Ok(batch.unwrap())
}

fn round_trip(batches: &[RecordBatch], compression: Compression) -> Vec<Encoded> {
    let mut writer = BatchWriter::new(&batches[0].schema(), compression).unwrap();
    let mut reader = BatchReader::new();
    let write = |batch| {
        let encoded = writer.encode(batch).unwrap();
        let arrived = read(&mut reader, &encoded).unwrap();
        assert_eq!(&arrived, batch, "{compression:?}");
        encoded
    };
    batches.iter().map(write).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arrays_of_every_type_arrive_as_they_were(
        data_type in data_type(),
        seed in any::<u64>(),
        rows in prop_oneof![Just(0_usize), 1..40_usize],
        compression in 0..ALL.len(),
    ) {
        let mut seed = seed;
        let whole = batch_of(array(&data_type, 3 * rows, &mut seed));
        let batches = [
            whole.slice(rows, rows),
            whole.slice(2 * rows, rows),
            whole.slice(0, 0),
            whole.slice(rows, rows),
            whole,
        ];
        round_trip(&batches, ALL[compression]);
    }

    #[test]
    fn bytes_that_were_tampered_with_are_no_panic(
        data_type in data_type(),
        seed in any::<u64>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        compression in 0..ALL.len(),
    ) {
        let mut seed = seed;
        let batch = batch_of(array(&data_type, 10, &mut seed));
        let mut writer = BatchWriter::new(&batch.schema(), ALL[compression]).unwrap();
        let encoded = writer.encode(&batch).unwrap();
        let mut bytes = encoded.chunks.concat();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let tampered = Encoded { chunks: vec![bytes.into()], ..encoded };
        let mut reader = BatchReader::new();
        // The panics that Arrow's decoder has are caught: whatever it is, it comes back.
        let _ = read_all(&mut reader, &tampered);
    }
}

fn read_all(reader: &mut BatchReader, encoded: &Encoded) -> Result<(), BatchError> {
    let bytes = encoded.chunks.concat();
    let mut rest = bytes.as_slice();
    for &(metadata, body) in &encoded.messages {
        let (metadata, behind) = rest.split_at(metadata as usize);
        let (body, behind) = behind.split_at(body as usize);
        rest = behind;
        reader.message(metadata, &aligned(body))?;
    }
    Ok(())
}

#[test]
fn batches_without_columns_or_rows_arrive() {
    let empty: SchemaRef = Arc::new(Schema::empty());
    let options = RecordBatchOptions::new().with_row_count(Some(7));
    let without = RecordBatch::try_new_with_options(empty, vec![], &options).unwrap();
    let numbers = batch_of(Arc::new(Int32Array::from(vec![1, 2])));
    for batch in [without.clone(), without.slice(0, 0), numbers.slice(0, 0)] {
        for compression in ALL {
            round_trip(std::slice::from_ref(&batch), compression);
        }
    }
}

fn pointers(data: &ArrayData) -> Vec<usize> {
    let own = data.buffers().iter().map(|buffer| buffer.as_ptr() as usize);
    let below = data.child_data().iter().flat_map(pointers);
    own.chain(below).collect()
}

#[test]
fn what_is_sent_is_the_memory_of_the_arrays() {
    let numbers = Int64Array::from_iter_values(0..10_000);
    let text = StringArray::from_iter_values((0..10_000).map(|row| format!("row {row}")));
    let schema = Schema::new(vec![
        Field::new("n", DataType::Int64, false),
        Field::new("t", DataType::Utf8, false),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(numbers), Arc::new(text)];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let encoded = &round_trip(std::slice::from_ref(&batch), Compression::None)[0];
    let sent: Vec<_> = encoded
        .chunks
        .iter()
        .map(|chunk| chunk.as_ptr() as usize)
        .collect();
    for column in batch.columns() {
        for pointer in pointers(&column.to_data()) {
            assert!(sent.contains(&pointer), "a buffer was copied");
        }
    }
    assert_eq!(encoded.copied, 0);
    // A slice of numbers is sent from its middle.
    let slice = batch.project(&[0]).unwrap().slice(5000, 1000);
    let encoded = &round_trip(&[slice], Compression::None)[0];
    assert_eq!(encoded.copied, 0);
    assert!(encoded.bytes < 10_000);
}

#[test]
fn views_that_are_mostly_unused_are_gathered() {
    let long = |row: usize| format!("a text that is too long for a view: {row}");
    let views = StringViewArray::from_iter_values((0..10_000).map(long));
    let batch = batch_of(Arc::new(views));
    let whole = round_trip(std::slice::from_ref(&batch), Compression::None).remove(0);
    assert_eq!(whole.copied, 0);
    let few = round_trip(&[batch.slice(100, 10)], Compression::None).remove(0);
    assert!(few.bytes < 2_000, "{}", few.bytes);
}

#[test]
fn dictionaries_are_sent_as_seldom_as_can_be() {
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..10_000).map(|value| format!("value {value}")),
    ));
    let keys = Int32Array::from_iter_values(0..10_000);
    let dictionary = DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(&values)).unwrap();
    let whole = batch_of(Arc::new(dictionary));
    // The same values, in all batches, are sent once.
    let sent = round_trip(&[whole.clone(), whole.slice(0, 9000)], Compression::None);
    assert!(sent[1].bytes < 40_000, "{}", sent[1].bytes);
    // Of values that may be others next time, those are sent that are used.
    let few = round_trip(
        &[whole.slice(0, 10), whole.slice(5, 10), whole.slice(0, 20)],
        Compression::None,
    );
    assert!(few[0].bytes < 2_000, "{}", few[0].bytes);
    assert!(few[1].bytes > 100_000, "they came again");
    assert!(few[2].bytes < 2_000, "they are known");
}

#[test]
fn batches_of_another_kind_are_refused() {
    let numbers = batch_of(Arc::new(Int32Array::from(vec![1])));
    let mut writer = BatchWriter::new(&numbers.schema(), Compression::None).unwrap();
    let other = batch_of(Arc::new(Int64Array::from(vec![1])));
    assert!(matches!(
        writer.encode(&other),
        Err(BatchError::Column { index: 0, .. })
    ));
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert!(matches!(
        writer.encode(&none),
        Err(BatchError::Columns { given: 0, known: 1 })
    ));
}

#[test]
fn rows_that_come_before_their_schema_are_refused() {
    let batch = batch_of(Arc::new(Int32Array::from(vec![1])));
    let mut writer = BatchWriter::new(&batch.schema(), Compression::None).unwrap();
    writer.encode(&batch).unwrap();
    let second = writer.encode(&batch).unwrap();
    let read = read(&mut BatchReader::new(), &second);
    assert!(matches!(read, Err(BatchError::Broken(_))), "{read:?}");
}

#[test]
fn large_batches_are_cut_into_pieces() {
    let small = batch_of(Arc::new(Int32Array::from(vec![1, 2, 3])));
    assert_eq!(pieces(small.clone()), [small]);
    let bytes = MOST as usize * 3 / 4;
    let large = Int64Array::new(
        Buffer::from(MutableBuffer::from_len_zeroed(bytes)).into(),
        None,
    );
    let rows = large.len();
    let large = batch_of(Arc::new(large));
    let cut = pieces(large);
    assert_eq!(cut.len(), 3);
    assert_eq!(cut.iter().map(RecordBatch::num_rows).sum::<usize>(), rows);
    let encoded = round_trip(&cut[2..], Compression::None);
    assert_eq!(encoded[0].copied, 0);
}

#[test]
fn unions_below_lists_begin_where_their_slice_does() {
    // Arrow's encoder writes such slices from their first row on.
    let mut seed = 1;
    let fields = [
        Field::new("a", DataType::Int32, true),
        Field::new("b", DataType::Utf8, true),
    ];
    for mode in [UnionMode::Sparse, UnionMode::Dense] {
        let union = UnionFields::try_new([0, 1], fields.clone()).unwrap();
        let item = Field::new("item", DataType::Union(union, mode), true);
        let lists = array(&DataType::List(Arc::new(item)), 30, &mut seed);
        round_trip(&[batch_of(lists.slice(10, 5))], Compression::None);
    }
}

#[test]
fn lists_of_unions_below_run_ends_arrive() {
    let fields = [
        Field::new("a", DataType::Null, true),
        Field::new("b", DataType::Int8, true),
    ];
    let union = UnionFields::try_new([3, 7], fields).unwrap();
    let union = DataType::Union(union, UnionMode::Sparse);
    let list = DataType::List(Arc::new(Field::new("item", union, true)));
    let ends = Field::new("run_ends", DataType::Int32, false);
    let runs = DataType::RunEndEncoded(Arc::new(ends), Arc::new(Field::new("values", list, true)));
    let runs = array(&runs, 30, &mut 1);
    round_trip(&[batch_of(runs.slice(10, 5))], Compression::None);
}

#[test]
fn columns_of_nulls_arrive() {
    let nulls = new_null_array(&DataType::Utf8View, 5);
    round_trip(&[batch_of(nulls)], Compression::Zstd);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let nulls = new_null_array(&dictionary, 5);
    assert!(nulls.as_dictionary::<Int32Type>().values().is_empty());
    round_trip(&[batch_of(nulls)], Compression::None);
}
