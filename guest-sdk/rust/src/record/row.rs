use std::fmt::Display;
use std::sync::Arc;

use arrow_data::ArrayData;
use arrow_schema::{Field, FieldRef};

use super::cell::{Cell, CellReader};
use crate::Error;
use crate::arguments::RawColumn;
use crate::row::Write;

/// Columns as a Rust type: `#[derive(Row)]` above a struct implements it, one column for each field. A plain
/// value is a row of one column that has no name of its own.
///
/// ```
/// use arrowbox_sdk::Row;
///
/// #[derive(Row)]
/// struct Fit {
///     slope: f64,
///     intercept: f64,
///     /// Null where there are too few points.
///     error: Option<f64>,
///     residuals: Vec<f64>,
/// }
///
/// let names: Vec<_> = Fit::fields().iter().map(|field| field.name().clone()).collect();
/// assert_eq!(names, ["slope", "intercept", "error", "residuals"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of Arrow columns",
    label = "not a row",
    note = "put `#[derive(Row)]` above the struct, whose fields become columns",
    note = "a plain value is a row of one column: integers, floats, `bool`, `String`, `Vec<u8>`, the types of dates and times, `Decimal128`, an `Option` of one of them, or a `Vec` of them for a list"
)]
pub trait Row: Sized {
    #[doc(hidden)]
    type Sink;

    #[doc(hidden)]
    type Reader<'a>;

    /// Its columns.
    fn fields() -> Vec<FieldRef>;

    #[doc(hidden)]
    fn sink(rows: usize) -> Self::Sink;

    #[doc(hidden)]
    fn write_row(&self, sink: &mut Self::Sink);

    #[doc(hidden)]
    fn bytes(sink: &Self::Sink) -> usize;

    #[doc(hidden)]
    fn finish(sink: Self::Sink) -> Vec<ArrayData>;

    /// The columns of many rows.
    #[doc(hidden)]
    fn columns(rows: &[Self]) -> Vec<ArrayData>;

    /// Reads columns, which are the [`fields`](Self::fields).
    #[doc(hidden)]
    fn reader(columns: &[RawColumn]) -> Result<Self::Reader<'_>, Error>;

    /// A row. What is no column of it is as in `rest`.
    #[doc(hidden)]
    fn read(reader: &Self::Reader<'_>, row: usize, rest: &Self) -> Self;
}

impl<T: Cell> Row for T {
    type Sink = T::Sink;
    type Reader<'a> = CellReader<'a, T>;

    fn fields() -> Vec<FieldRef> {
        vec![Arc::new(Field::new("", T::data_type(), T::NULLABLE))]
    }

    fn sink(rows: usize) -> Self::Sink {
        T::sink(rows)
    }

    #[inline]
    fn write_row(&self, sink: &mut Self::Sink) {
        self.write(sink);
    }

    fn bytes(sink: &Self::Sink) -> usize {
        T::bytes(sink)
    }

    fn finish(sink: Self::Sink) -> Vec<ArrayData> {
        vec![T::finish(sink, None)]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayData> {
        vec![cells(rows.iter())]
    }

    fn reader(columns: &[RawColumn]) -> Result<Self::Reader<'_>, Error> {
        CellReader::new(columns, 0, "value")
    }

    #[inline]
    fn read(reader: &Self::Reader<'_>, row: usize, _: &Self) -> Self {
        reader.read(row)
    }
}

/// The column of some cells.
pub fn cells<'c, T: Cell + 'c>(cells: impl ExactSizeIterator<Item = &'c T>) -> ArrayData {
    let mut sink = T::sink(cells.len());
    T::extend(&mut sink, cells);
    T::finish(sink, None)
}

/// A row that a function returns: a [`Row`], text or bytes that somebody else owns, or a [`Result`] of one of
/// them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of Arrow columns",
    label = "not a row of the result",
    note = "put `#[derive(Row)]` above the struct, whose fields become columns",
    note = "a plain value is a row of one column: integers, floats, `bool`, `&str`, `String`, `Vec<u8>`, the types of dates and times, `Decimal128`, an `Option` of one of them, or a `Vec` of them for a list"
)]
pub trait Item: Sized {
    /// What it is, where it is not an error.
    type Sink;

    /// As [`Row::fields`].
    fn fields() -> Vec<FieldRef>;

    /// For so many rows.
    fn sink(rows: usize) -> Self::Sink;

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// What the function returned in place of one.
    fn add(self, sink: &mut Self::Sink) -> Result<(), Error>;

    /// As [`Cell::bytes`], of all columns.
    fn bytes(sink: &Self::Sink) -> usize;

    /// The columns.
    fn finish(sink: Self::Sink) -> Vec<ArrayData>;
}

impl<T: Row> Item for T {
    type Sink = T::Sink;

    fn fields() -> Vec<FieldRef> {
        T::fields()
    }

    fn sink(rows: usize) -> Self::Sink {
        T::sink(rows)
    }

    #[inline]
    fn add(self, sink: &mut Self::Sink) -> Result<(), Error> {
        self.write_row(sink);
        Ok(())
    }

    fn bytes(sink: &Self::Sink) -> usize {
        T::bytes(sink)
    }

    fn finish(sink: Self::Sink) -> Vec<ArrayData> {
        T::finish(sink)
    }
}

impl<T: Item, E: Display> Item for Result<T, E> {
    type Sink = T::Sink;

    fn fields() -> Vec<FieldRef> {
        T::fields()
    }

    fn sink(rows: usize) -> Self::Sink {
        T::sink(rows)
    }

    #[inline]
    fn add(self, sink: &mut Self::Sink) -> Result<(), Error> {
        self.map_err(Error::new)?.add(sink)
    }

    fn bytes(sink: &Self::Sink) -> usize {
        T::bytes(sink)
    }

    fn finish(sink: Self::Sink) -> Vec<ArrayData> {
        T::finish(sink)
    }
}

/// Implements rows of one column that somebody else owns: the type behind `&`, and the one it is copied to.
macro_rules! lent {
    ($($lent:ty, $owned:ty;)*) => {$(
        impl Item for &$lent {
            type Sink = <$owned as Cell>::Sink;

            fn fields() -> Vec<FieldRef> {
                <$owned as Row>::fields()
            }

            fn sink(rows: usize) -> Self::Sink {
                <$owned as Cell>::sink(rows)
            }

            #[inline]
            fn add(self, sink: &mut Self::Sink) -> Result<(), Error> {
                sink.append(self);
                sink.end_row();
                Ok(())
            }

            fn bytes(sink: &Self::Sink) -> usize {
                <$owned as Cell>::bytes(sink)
            }

            fn finish(sink: Self::Sink) -> Vec<ArrayData> {
                <$owned as Row>::finish(sink)
            }
        }

        impl Item for Option<&$lent> {
            type Sink = <Option<$owned> as Cell>::Sink;

            fn fields() -> Vec<FieldRef> {
                <Option<$owned> as Row>::fields()
            }

            fn sink(rows: usize) -> Self::Sink {
                <Option<$owned> as Cell>::sink(rows)
            }

            #[inline]
            fn add(self, sink: &mut Self::Sink) -> Result<(), Error> {
                match self {
                    Some(value) => {
                        value.add(&mut sink.0)?;
                        sink.1.append_non_null();
                    }
                    None => <Option<$owned> as Cell>::push_null(sink),
                }
                Ok(())
            }

            fn bytes(sink: &Self::Sink) -> usize {
                <Option<$owned> as Cell>::bytes(sink)
            }

            fn finish(sink: Self::Sink) -> Vec<ArrayData> {
                <Option<$owned> as Row>::finish(sink)
            }
        }
    )*};
}

lent! {
    str, String;
    [u8], Vec<u8>;
}
