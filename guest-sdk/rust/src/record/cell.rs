use arrow_array::{Array, BooleanArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer, NullBufferBuilder};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use crate::Error;
use crate::arguments::RawColumn;

/// What a field of a [`Row`](crate::Row) can be: a value, and how it goes into a column and comes out of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not be a value of an Arrow column",
    label = "not a field of a row",
    note = "fields are integers, floats, `bool`, `String`, `Vec<u8>`, the types of dates and times, `Decimal128`, an `Option` of one of them, or a `Vec` of them for a list",
    note = "a field that is no column is left out with `#[row(skip)]`",
    note = "a struct with several columns is a row: put `#[derive(Row)]` above it"
)]
pub trait Cell: Sized {
    /// Whether it can be null.
    const NULLABLE: bool;

    /// What a column is collected in.
    type Sink;

    /// A column that is read.
    type Reader<'a>;

    /// Of the column.
    fn data_type() -> DataType;

    /// For so many values.
    fn sink(values: usize) -> Self::Sink;

    /// Adds a value.
    fn write(&self, sink: &mut Self::Sink);

    /// Adds a null.
    fn push_null(sink: &mut Self::Sink);

    /// Adds values.
    #[inline]
    fn extend<'c>(sink: &mut Self::Sink, values: impl ExactSizeIterator<Item = &'c Self>)
    where
        Self: 'c,
    {
        values.for_each(|value| value.write(sink));
    }

    /// The bytes of what was collected, where its values differ in length.
    fn bytes(_: &Self::Sink) -> usize {
        0
    }

    /// The column; `nulls` are values that are null.
    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>) -> ArrayData;

    /// Reads a column that is of this type.
    fn reader(data: &ArrayData) -> Self::Reader<'_>;

    /// The value `index`; that behind a null can be any.
    fn read(reader: &Self::Reader<'_>, index: usize) -> Self;
}

/// Checks that a column is of a type, nulls included.
///
/// # Errors
///
/// It is not.
pub(crate) fn require(data: &ArrayData, data_type: &DataType, nullable: bool) -> Result<(), Error> {
    if !data.data_type().equals_datatype(data_type) {
        return Err(Error::new(format_args!(
            "it is {} where {data_type} is wanted",
            data.data_type()
        )));
    }
    match data.null_count() {
        0 => Ok(()),
        _ if nullable => Ok(()),
        count => Err(Error::new(format_args!(
            "it has {count} nulls where there are none"
        ))),
    }
}

/// A column of cells.
pub struct CellReader<'a, T: Cell> {
    values: T::Reader<'a>,
    /// From one row to the next: none where one value stands for all.
    step: usize,
}

impl<'a, T: Cell> CellReader<'a, T> {
    /// Reads `columns[index]`, the field `name` of a row.
    ///
    /// # Errors
    ///
    /// There is none, or it is of another type.
    pub fn new(columns: &'a [RawColumn], index: usize, name: &str) -> Result<Self, Error> {
        let Some(column) = columns.get(index) else {
            return Err(Error::new(format_args!("the column {name} is missing")));
        };
        require(column.data(), &T::data_type(), T::NULLABLE)
            .map_err(|error| Error::new(format_args!("the column {name}: {error}")))?;
        Ok(Self {
            values: T::reader(column.data()),
            step: usize::from(!column.is_constant()),
        })
    }

    /// The value of a row.
    #[inline]
    pub fn read(&self, row: usize) -> T {
        T::read(&self.values, row * self.step)
    }
}

impl<T: Cell> Cell for Option<T> {
    const NULLABLE: bool = true;
    type Sink = (T::Sink, NullBufferBuilder);
    type Reader<'a> = (T::Reader<'a>, Option<&'a NullBuffer>);

    fn data_type() -> DataType {
        T::data_type()
    }

    fn sink(values: usize) -> Self::Sink {
        (T::sink(values), NullBufferBuilder::new(values))
    }

    #[inline]
    fn write(&self, sink: &mut Self::Sink) {
        match self {
            Some(value) => {
                value.write(&mut sink.0);
                sink.1.append_non_null();
            }
            None => Self::push_null(sink),
        }
    }

    fn push_null((values, valid): &mut Self::Sink) {
        T::push_null(values);
        valid.append_null();
    }

    fn bytes((values, _): &Self::Sink) -> usize {
        T::bytes(values)
    }

    fn finish((values, mut valid): Self::Sink, _: Option<NullBuffer>) -> ArrayData {
        T::finish(values, valid.finish())
    }

    fn reader(data: &ArrayData) -> Self::Reader<'_> {
        (T::reader(data), data.nulls())
    }

    #[inline]
    fn read((values, nulls): &Self::Reader<'_>, index: usize) -> Self {
        match nulls {
            Some(nulls) if nulls.is_null(index) => None,
            _ => Some(T::read(values, index)),
        }
    }
}

impl Cell for bool {
    const NULLABLE: bool = false;
    type Sink = BooleanBufferBuilder;
    type Reader<'a> = BooleanBuffer;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn sink(values: usize) -> Self::Sink {
        BooleanBufferBuilder::new(values)
    }

    fn write(&self, sink: &mut Self::Sink) {
        sink.append(*self);
    }

    fn push_null(sink: &mut Self::Sink) {
        sink.append(false);
    }

    fn finish(mut sink: Self::Sink, nulls: Option<NullBuffer>) -> ArrayData {
        BooleanArray::new(sink.finish(), nulls).into_data()
    }

    fn reader(data: &ArrayData) -> Self::Reader<'_> {
        BooleanBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
    }

    fn read(reader: &Self::Reader<'_>, index: usize) -> Self {
        reader.value(index)
    }
}
