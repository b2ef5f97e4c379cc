use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::FieldRef;

use super::filter::{Comparison, Filter};
use crate::Error;
use crate::constants::Constants;

/// What a query wants of a table.
#[derive(Debug, Clone)]
pub struct Request {
    projection: Vec<usize>,
    filters: Vec<Filter>,
    limit: Option<u64>,
}

impl Request {
    pub(crate) fn new(projection: Vec<usize>, filters: Vec<Filter>, limit: Option<u64>) -> Self {
        Self {
            projection,
            filters,
            limit,
        }
    }

    /// All rows of these columns, for tests.
    pub fn columns(projection: impl IntoIterator<Item = usize>) -> Self {
        Self::new(projection.into_iter().collect(), Vec::new(), None)
    }

    /// Only rows that pass, for tests. `value` is an array of one value.
    ///
    /// # Panics
    ///
    /// `value` has not one value.
    #[must_use]
    pub fn with_filter(mut self, column: usize, comparison: Comparison, value: ArrayRef) -> Self {
        let filter = Constants::of(&[value])
            .and_then(|value| Filter::of([(column, comparison)].into_iter(), value));
        self.filters
            .extend(filter.unwrap_or_else(|error| panic!("{error}")));
        self
    }

    /// No more than so many rows, for tests.
    #[must_use]
    pub fn with_limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// The columns of the table that are wanted, counted from zero, in the order wanted. Where there are none,
    /// only the number of rows is.
    pub fn projection(&self) -> &[usize] {
        &self.projection
    }

    /// Filters that the reader said it does something about. They all hold.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// So many rows in all are enough, in any one split too. It is there only if the reader does all filters of
    /// the query exactly.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// The wanted columns of a batch of all columns.
    ///
    /// # Errors
    ///
    /// The batch has not all columns of the table.
    pub fn project(
        &self,
        batch: impl Into<Option<RecordBatch>>,
    ) -> Result<Option<RecordBatch>, Error> {
        let project = |batch: RecordBatch| batch.project(&self.projection);
        Ok(batch.into().map(project).transpose()?)
    }

    /// The fields of the wanted columns.
    ///
    /// # Errors
    ///
    /// A column is none of the table.
    pub(crate) fn fields(&self, all: &[FieldRef]) -> Result<Vec<FieldRef>, Error> {
        let field = |&column: &usize| {
            all.get(column).cloned().ok_or_else(|| {
                Error::new(format_args!(
                    "column {column} is wanted of a table of {}",
                    all.len()
                ))
            })
        };
        self.projection.iter().map(field).collect()
    }
}
