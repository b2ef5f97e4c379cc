//! Text and binary as fields.

use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::cell::Cell;
use crate::row::{Bytes, Small, Text, Write};
use crate::scalar::Hint;

macro_rules! cell {
    ($type:ty, $slice:ty, $writer:ty) => {
        impl Cell for $type {
            const NULLABLE: bool = false;
            type Sink = $writer;
            type Reader<'a> = Small<'a, $slice>;

            fn data_type() -> DataType {
                <$writer>::DATA_TYPE
            }

            fn sink(values: usize) -> Self::Sink {
                <$writer>::open(values, &Hint::default())
            }

            #[inline]
            fn write(&self, sink: &mut Self::Sink) {
                sink.append(self);
                sink.end_row();
            }

            fn push_null(sink: &mut Self::Sink) {
                sink.end_row();
            }

            fn bytes(sink: &Self::Sink) -> usize {
                sink.bytes()
            }

            fn finish(sink: Self::Sink, nulls: Option<NullBuffer>) -> ArrayData {
                sink.close(nulls, &Hint::default())
            }

            fn reader(data: &ArrayData) -> Self::Reader<'_> {
                Small::new(data)
            }

            fn read(reader: &Self::Reader<'_>, index: usize) -> Self {
                reader.at(index).to_owned()
            }
        }
    };
}

cell!(String, str, Text);
cell!(Vec<u8>, [u8], Bytes);
