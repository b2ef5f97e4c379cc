use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Range;

use arrow_buffer::{NullBuffer, NullBufferBuilder};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::writer::{Bytes, Text, Write};
use crate::Error;
use crate::scalar::Hint;

/// A type that a row function can return: a value, an [`Option`] of one, or a [`Result`] of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not be a row of an Arrow column",
    label = "not a result of a row function",
    note = "results are integers, floats, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, the types of dates and times, `Decimal128`, an `Option` of one of them, or a `Result` with an error that can be displayed",
    note = "for other types work on whole arrays and return one: `Int64Array`, `ListArray`, `ArrayRef`"
)]
pub trait Return: Sized {
    /// Whether it can be null.
    const NULLABLE: bool;

    /// What rows are collected in.
    type Sink;

    /// Of the column.
    fn data_type() -> DataType;

    /// For so many rows.
    fn sink(rows: usize, hint: &Hint) -> Self::Sink;

    /// Adds `self` as the next row, or says why there is none.
    ///
    /// # Errors
    ///
    /// What the function returned in place of a value.
    fn push(self, sink: &mut Self::Sink) -> Result<(), Error>;

    /// Adds a null row.
    fn push_null(sink: &mut Self::Sink);

    /// Adds what `function` returns for each of `rows`.
    ///
    /// # Errors
    ///
    /// The first error, with its row.
    #[inline]
    fn extend(
        sink: &mut Self::Sink,
        rows: Range<usize>,
        mut function: impl FnMut(usize) -> Self,
    ) -> Result<(), (Error, usize)> {
        for row in rows {
            function(row).push(sink).map_err(|error| (error, row))?;
        }
        Ok(())
    }

    /// The column; `nulls` are rows for which the function was not run.
    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData;
}

/// A type of results that are not null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not be a row of an Arrow column",
    label = "not a result of a row function",
    note = "results are integers, floats, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, the types of dates and times, `Decimal128`, an `Option` of one of them, or a `Result` with an error that can be displayed",
    note = "for other types work on whole arrays and return one: `Int64Array`, `ListArray`, `ArrayRef`"
)]
pub trait Output: Sized {
    /// As [`Return::Sink`].
    type Sink;

    /// As [`Return::data_type`].
    fn data_type() -> DataType;

    /// As [`Return::sink`].
    fn sink(rows: usize, hint: &Hint) -> Self::Sink;

    /// As [`Return::push`].
    fn push(self, sink: &mut Self::Sink);

    /// As [`Return::push_null`].
    fn push_null(sink: &mut Self::Sink);

    /// As [`Return::extend`].
    #[inline]
    fn extend(sink: &mut Self::Sink, rows: Range<usize>, mut function: impl FnMut(usize) -> Self) {
        for row in rows {
            function(row).push(sink);
        }
    }

    /// As [`Return::finish`].
    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData;
}

impl<T: Output> Return for T {
    const NULLABLE: bool = false;
    type Sink = T::Sink;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn sink(rows: usize, hint: &Hint) -> Self::Sink {
        T::sink(rows, hint)
    }

    #[inline]
    fn push(self, sink: &mut Self::Sink) -> Result<(), Error> {
        Output::push(self, sink);
        Ok(())
    }

    fn push_null(sink: &mut Self::Sink) {
        T::push_null(sink);
    }

    #[inline]
    fn extend(
        sink: &mut Self::Sink,
        rows: Range<usize>,
        function: impl FnMut(usize) -> Self,
    ) -> Result<(), (Error, usize)> {
        <T as Output>::extend(sink, rows, function);
        Ok(())
    }

    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData {
        <T as Output>::finish(sink, nulls, hint)
    }
}

impl<T: Output> Return for Option<T> {
    const NULLABLE: bool = true;
    type Sink = (T::Sink, NullBufferBuilder);

    fn data_type() -> DataType {
        T::data_type()
    }

    fn sink(rows: usize, hint: &Hint) -> Self::Sink {
        (T::sink(rows, hint), NullBufferBuilder::new(rows))
    }

    #[inline]
    fn push(self, sink: &mut Self::Sink) -> Result<(), Error> {
        match self {
            Some(value) => {
                Output::push(value, &mut sink.0);
                sink.1.append_non_null();
            }
            None => Self::push_null(sink),
        }
        Ok(())
    }

    fn push_null((values, valid): &mut Self::Sink) {
        T::push_null(values);
        valid.append_null();
    }

    fn finish((values, mut valid): Self::Sink, _: Option<NullBuffer>, hint: &Hint) -> ArrayData {
        T::finish(values, valid.finish(), hint)
    }
}

impl<T: Return, E: Display> Return for Result<T, E> {
    const NULLABLE: bool = T::NULLABLE;
    type Sink = T::Sink;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn sink(rows: usize, hint: &Hint) -> Self::Sink {
        T::sink(rows, hint)
    }

    #[inline]
    fn push(self, sink: &mut Self::Sink) -> Result<(), Error> {
        match self {
            Ok(value) => value.push(sink),
            Err(error) => Err(Error::new(error)),
        }
    }

    fn push_null(sink: &mut Self::Sink) {
        T::push_null(sink);
    }

    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData {
        T::finish(sink, nulls, hint)
    }
}

/// Implements results that are copied into a writer.
macro_rules! copied {
    ($($writer:ty: $($type:ty),*;)*) => {$($(
        impl Output for $type {
            type Sink = $writer;

            fn data_type() -> DataType {
                <$writer>::DATA_TYPE
            }

            fn sink(rows: usize, hint: &Hint) -> Self::Sink {
                <$writer>::open(rows, hint)
            }

            #[inline]
            fn push(self, sink: &mut Self::Sink) {
                sink.append(self.as_ref());
                sink.end_row();
            }

            fn push_null(sink: &mut Self::Sink) {
                sink.end_row();
            }

            fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, hint: &Hint) -> ArrayData {
                sink.close(nulls, hint)
            }
        }
    )*)*};
}

copied! {
    Text: &str, String, Box<str>, Cow<'_, str>;
    Bytes: &[u8], Vec<u8>, Box<[u8]>, Cow<'_, [u8]>;
}
