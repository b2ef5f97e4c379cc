use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions, make_array};
use arrow_schema::{Schema, SchemaRef};

use crate::Row;
use crate::columns::Columns;

/// Rows of a batch, at most.
const BATCH: usize = 1 << 16;

/// Bytes of the texts and lists of a batch, about at most.
const BATCH_BYTES: usize = 16 << 20;

/// Rows on their way into batches: what a function of groups writes to, and readers too.
///
/// ```
/// use arrowbox_sdk::{Row, Rows};
///
/// #[derive(Row)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// let mut rows = Rows::new();
/// rows.push(Point { x: 1.0, y: 2.0 });
/// rows.push(Point { x: 3.0, y: 4.0 });
/// assert_eq!(rows.len(), 2);
/// let batch = rows.take().unwrap();
/// assert_eq!((batch.num_rows(), batch.schema()), (2, Rows::<Point>::schema()));
/// assert!(rows.take().is_none());
/// ```
pub struct Rows<T: Row> {
    /// The batch that is being filled. There is none before its first row.
    sink: Option<T::Sink>,
    /// Rows in `sink`.
    filled: usize,
    /// Batches that are full.
    full: VecDeque<Columns>,
    /// Rows that were ever added.
    added: u64,
    /// Rows that the last batch had, which the next has too, most likely.
    expected: usize,
}

impl<T: Row> Rows<T> {
    /// None so far.
    pub fn new() -> Self {
        Self {
            sink: None,
            filled: 0,
            full: VecDeque::new(),
            added: 0,
            expected: 0,
        }
    }

    /// The columns of the batches.
    pub fn schema() -> SchemaRef {
        Arc::new(Schema::new(T::fields()))
    }

    /// Adds a row.
    #[inline]
    pub fn push(&mut self, row: T) {
        let sink = self.sink.get_or_insert_with(|| T::sink(self.expected));
        row.write_row(sink);
        let bytes = T::bytes(sink);
        self.filled += 1;
        self.added += 1;
        if self.filled == BATCH || bytes >= BATCH_BYTES {
            self.close();
        }
    }

    /// How many there are that were not taken.
    pub fn len(&self) -> usize {
        self.filled + self.full.iter().map(|batch| batch.rows).sum::<usize>()
    }

    /// Whether there are none that were not taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes rows out, in the order in which they came: 65 536 of them, or all there are.
    pub fn take(&mut self) -> Option<RecordBatch> {
        let rows = self.take_columns()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.rows));
        let columns = rows.columns.into_iter().map(make_array).collect();
        let batch = RecordBatch::try_new_with_options(Self::schema(), columns, &options);
        Some(batch.expect("the columns are those of the row"))
    }

    /// As [`take`](Self::take).
    pub(crate) fn take_columns(&mut self) -> Option<Columns> {
        if self.full.is_empty() {
            self.close();
        }
        self.full.pop_front()
    }

    /// Whether a batch is full.
    #[inline]
    pub(super) fn has_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// Rows that were ever added.
    #[inline]
    pub(super) fn added(&self) -> u64 {
        self.added
    }

    #[cold]
    fn close(&mut self) {
        if let Some(sink) = self.sink.take() {
            self.expected = self.filled;
            self.full.push_back(Columns {
                rows: std::mem::take(&mut self.filled),
                columns: T::finish(sink),
            });
        }
    }
}

impl<T: Row> Default for Rows<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Row> Extend<T> for Rows<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.push(row));
    }
}

impl<T: Row> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({})", self.len())
    }
}
