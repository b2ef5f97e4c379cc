use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_data::ArrayData;
use arrow_schema::SchemaRef;

use super::number::{Number, Numbers};
use crate::Error;
use crate::arguments::{Arguments, RawColumn};
use crate::row::{Argument, Block};

/// Rows of one table, of which groups are parts.
#[derive(Debug)]
pub(crate) struct Table {
    schema: SchemaRef,
    rows: Arguments,
    /// Of each column, and whether it has nulls.
    numbers: Vec<(Numbers, bool)>,
}

impl Table {
    /// # Errors
    ///
    /// The columns differ in length.
    pub(crate) fn new(schema: SchemaRef, rows: Arguments) -> Result<Self, Error> {
        let differs = |column: &&RawColumn| column.data().len() != rows.rows();
        if let Some(column) = rows.columns().iter().find(differs) {
            return Err(Error::new(format_args!(
                "a column of {} values came in a table of {} rows",
                column.data().len(),
                rows.rows()
            )));
        }
        Ok(Self::of(schema, rows))
    }

    pub(crate) fn empty(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter();
        let columns = columns.map(|field| ArrayData::new_empty(field.data_type()));
        let rows = Arguments::new(columns, 0);
        Self::of(schema, rows)
    }

    fn of(schema: SchemaRef, rows: Arguments) -> Self {
        let columns = rows.columns().iter().map(RawColumn::data);
        let numbers = columns.map(|data| (Numbers::new(data), data.null_count() > 0));
        Self {
            numbers: numbers.collect(),
            schema,
            rows,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.rows()
    }

    pub(crate) fn column(&self, index: usize) -> &ArrayData {
        self.rows.columns()[index].data()
    }

    /// Rows from `start` to `end`, which are there.
    #[inline]
    pub(crate) fn group(&self, start: usize, end: usize) -> Group<'_> {
        Group {
            table: self,
            start,
            end,
        }
    }
}

/// All rows of one key.
///
/// Nothing is copied or allocated to make one. The columns are numbered as in the table.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    table: &'a Table,
    start: usize,
    end: usize,
}

impl<'a> Group<'a> {
    /// In rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there are no rows, which is so only where another table has some.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The columns of the table.
    pub fn schema(&self) -> &'a SchemaRef {
        &self.table.schema
    }

    /// The numbers of a column, one for each row, where they lie. Those of dates and times are as they are
    /// counted, in `i32` or `i64`.
    ///
    /// # Errors
    ///
    /// There is no such column, it has other values, or some of those of the group are null.
    #[inline]
    pub fn values<T: Number>(&self, column: usize) -> Result<&'a [T], Error> {
        match self.numbers(column) {
            Some((numbers, has_nulls)) if !has_nulls || self.has_no_nulls(column) => Ok(numbers),
            _ => Err(self.not_values::<T>(column)),
        }
    }

    /// As [`values`](Self::values), where some of them can be null.
    ///
    /// # Errors
    ///
    /// There is no such column, or it has other values.
    #[inline]
    pub fn nullable<T: Number>(
        &self,
        column: usize,
    ) -> Result<impl ExactSizeIterator<Item = Option<T>> + use<'a, T>, Error> {
        let Some((numbers, _)) = self.numbers::<T>(column) else {
            return Err(self.not_values::<T>(column));
        };
        let (start, nulls) = (self.start, self.table.column(column).nulls());
        let valid = move |row| nulls.is_none_or(|nulls| nulls.is_valid(start + row));
        let numbers = numbers.iter().enumerate();
        Ok(numbers.map(move |(row, &number)| valid(row).then_some(number)))
    }

    /// The value of a column in one row: any type that a row function takes, such as `&str`. It is for a few
    /// values, such as those of the key, which are the same in every row.
    ///
    /// # Errors
    ///
    /// There is no such column or row, the column has another type, or the value is null and `T` is no
    /// `Option`.
    pub fn value<T: Argument<'a>>(&self, column: usize, row: usize) -> Result<T, Error> {
        let raw = self.raw(column)?;
        if row >= self.len() {
            return Err(Error::new(format_args!(
                "there is no row {row} in a group of {}",
                self.len()
            )));
        }
        let (row, is) = (self.start + row, raw.data().data_type());
        if !T::argument_type().accepts(is) {
            return Err(self.of_type(column, std::any::type_name::<T>()));
        }
        if T::nulls(raw).is_some_and(|nulls| nulls.is_null(row)) {
            return Err(Error::new(format_args!(
                "the column {:?} is null in a row that is asked for",
                self.table.schema.field(column).name()
            )));
        }
        let mut reader = T::reader(raw, 1)?;
        let value = T::block(&mut reader, row..row + 1).at(0);
        Ok(value)
    }

    /// A column as an array, which is a slice of that of the table.
    ///
    /// # Errors
    ///
    /// There is no such column.
    pub fn column(&self, column: usize) -> Result<ArrayRef, Error> {
        let raw = self.raw(column)?;
        Ok(make_array(raw.data().slice(self.start, self.len())))
    }

    /// All columns, as a batch.
    pub fn rows(&self) -> RecordBatch {
        let columns = self.table.rows.columns().iter();
        let columns = columns.map(|raw| make_array(raw.data().slice(self.start, self.len())));
        let options = RecordBatchOptions::new()
            .with_row_count(Some(self.len()))
            .with_match_field_names(false);
        let schema = Arc::clone(&self.table.schema);
        RecordBatch::try_new_with_options(schema, columns.collect(), &options)
            .expect("the columns are those of the table")
    }

    pub(super) fn data(&self, column: usize) -> ArrayData {
        self.table.column(column).slice(self.start, self.len())
    }

    /// Its first row in the table.
    #[inline]
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Those of the group, and whether the column has nulls.
    #[inline]
    fn numbers<T: Number>(&self, column: usize) -> Option<(&'a [T], bool)> {
        let (numbers, has_nulls) = self.table.numbers.get(column)?;
        let numbers = T::of(numbers)?.get(self.start..self.end)?;
        Some((numbers, *has_nulls))
    }

    fn has_no_nulls(&self, column: usize) -> bool {
        let nulls = self.table.column(column).nulls();
        nulls.is_none_or(|nulls| nulls.slice(self.start, self.len()).null_count() == 0)
    }

    fn raw(&self, column: usize) -> Result<&'a RawColumn, Error> {
        self.table.rows.columns().get(column).ok_or_else(|| {
            Error::new(format_args!(
                "there is no column {column} (counted from zero) in a table of {}",
                self.table.schema.fields().len()
            ))
        })
    }

    #[cold]
    fn not_values<T: Number>(&self, column: usize) -> Error {
        match self.raw(column) {
            Err(error) => error,
            Ok(_) if self.numbers::<T>(column).is_none() => self.of_type(column, T::NAME),
            Ok(raw) => Error::new(format_args!(
                "the column {:?} has {} nulls in a group of {}: filter them out, or take `nullable`",
                self.table.schema.field(column).name(),
                raw.data().slice(self.start, self.len()).null_count(),
                self.len()
            )),
        }
    }

    #[cold]
    fn of_type(&self, column: usize, wanted: &str) -> Error {
        let field = self.table.schema.field(column);
        Error::new(format_args!(
            "the column {:?} is {}, and not to be had as {wanted}",
            field.name(),
            field.data_type()
        ))
    }
}
