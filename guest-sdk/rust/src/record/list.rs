//! Lists as fields.

use std::sync::Arc;

use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, FieldRef};

use super::cell::Cell;
use crate::row::lists;

/// What can be in a list: every [`Cell`] but `u8`, since `Vec<u8>` is binary.
pub trait InList: Cell {}

impl<T: Cell> InList for Option<T> {}
impl<T: InList> InList for Vec<T> {}
impl InList for Vec<u8> {}
impl InList for String {}
impl InList for bool {}

/// The items of lists, one list after the other.
pub struct Lists<S> {
    items: S,
    count: usize,
    /// Where lists begin, and where the last one ends.
    offsets: Vec<i32>,
}

impl<S> Lists<S> {
    fn end(&mut self) {
        let offset = i32::try_from(self.count).expect("a batch has less than 2^31 items of lists");
        self.offsets.push(offset);
    }
}

fn item<T: Cell>() -> FieldRef {
    Arc::new(Field::new_list_field(T::data_type(), T::NULLABLE))
}

impl<T: InList> Cell for Vec<T> {
    const NULLABLE: bool = false;
    type Sink = Lists<T::Sink>;
    type Reader<'a> = (&'a [i32], T::Reader<'a>);

    fn data_type() -> DataType {
        DataType::List(item::<T>())
    }

    fn sink(values: usize) -> Self::Sink {
        let mut offsets = Vec::with_capacity(values + 1);
        offsets.push(0);
        Lists {
            items: T::sink(0),
            count: 0,
            offsets,
        }
    }

    fn write(&self, sink: &mut Self::Sink) {
        T::extend(&mut sink.items, self.iter());
        sink.count += self.len();
        sink.end();
    }

    fn push_null(sink: &mut Self::Sink) {
        sink.end();
    }

    fn bytes(sink: &Self::Sink) -> usize {
        T::bytes(&sink.items) + sink.count * size_of::<T>()
    }

    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>) -> ArrayData {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(sink.offsets));
        lists(
            Self::data_type(),
            offsets,
            T::finish(sink.items, None),
            nulls,
        )
    }

    fn reader(data: &ArrayData) -> Self::Reader<'_> {
        let offsets = match data.is_empty() {
            true => &[],
            false => &data.buffer(0)[..=data.len()],
        };
        (offsets, T::reader(&data.child_data()[0]))
    }

    fn read((offsets, items): &Self::Reader<'_>, index: usize) -> Self {
        let items_of = offsets[index] as usize..offsets[index + 1] as usize;
        items_of.map(|item| T::read(items, item)).collect()
    }
}
