use super::row::Item;
use crate::Error;
use crate::columns::Columns;

/// Collects rows.
pub struct RowBuilder<T: Item> {
    sink: T::Sink,
    rows: usize,
}

impl<T: Item> RowBuilder<T> {
    /// With room for so many rows; more can come.
    pub fn new(rows: usize) -> Self {
        Self {
            sink: T::sink(rows),
            rows: 0,
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// The row is an error.
    #[inline]
    pub fn push(&mut self, row: T) -> Result<(), Error> {
        row.add(&mut self.sink)?;
        self.rows += 1;
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The bytes of all values that differ in length.
    pub fn bytes(&self) -> usize {
        T::bytes(&self.sink)
    }

    /// The columns.
    pub fn finish(self) -> Columns {
        Columns {
            rows: self.rows,
            columns: T::finish(self.sink),
        }
    }
}
