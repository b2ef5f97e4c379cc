use arrow_schema::FieldRef;

use super::{Exactness, Filter, Reader, Request, Split};
use crate::batches::Promised;
use crate::columns::Columns;
use crate::{Error, Options};

/// A reader at one place in a query, whatever it is. See `wit/reader.wit`.
pub trait TableReader {
    /// All columns.
    fn result(&self) -> &[FieldRef];

    /// One for each filter.
    fn exactness(&self, filters: &[Filter]) -> Vec<Exactness>;

    /// What can be read by itself.
    ///
    /// # Errors
    ///
    /// What the reader says, or two splits are of the same part.
    fn plan(&self, request: &Request) -> Result<Vec<Split>, Error>;

    /// Begins to read a split.
    ///
    /// # Errors
    ///
    /// What the reader says.
    fn read(&self, split: &Split, request: &Request) -> Result<SplitReader, Error>;
}

/// [`TableReader`] of a reader.
pub(crate) struct Opened<F> {
    reader: F,
    fields: Vec<FieldRef>,
}

impl<F: Reader> Opened<F> {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let reader = F::open(options)?;
        Ok(Self {
            fields: reader.schema().fields().to_vec(),
            reader,
        })
    }
}

impl<F: Reader> TableReader for Opened<F> {
    fn result(&self) -> &[FieldRef] {
        &self.fields
    }

    fn exactness(&self, filters: &[Filter]) -> Vec<Exactness> {
        let exactness = |filter| self.reader.exactness(filter);
        filters.iter().map(exactness).collect()
    }

    fn plan(&self, request: &Request) -> Result<Vec<Split>, Error> {
        let splits = self.reader.plan(request)?;
        let mut begins: Vec<_> = splits.iter().filter_map(Split::file).collect();
        begins.sort_by_key(|range| (range.path(), range.offset()));
        let same = |pair: &&[_]| {
            let [a, b]: &[&crate::files::Range] = pair else {
                return false;
            };
            (a.path(), a.offset()) == (b.path(), b.offset())
        };
        match begins.windows(2).find(same) {
            None => Ok(splits),
            Some(pair) => Err(Error::new(format_args!(
                "two splits begin at byte {} of {}: together they would have rows twice",
                pair[0].offset(),
                pair[0].path()
            ))),
        }
    }

    fn read(&self, split: &Split, request: &Request) -> Result<SplitReader, Error> {
        let mut rows = Promised::new(request.fields(&self.fields)?);
        rows.give(self.reader.read(split, request)?);
        Ok(SplitReader {
            rows,
            left: request.limit(),
        })
    }
}

/// A split being read.
pub struct SplitReader {
    rows: Promised,
    /// Rows that are still wanted, where there is a limit.
    left: Option<u64>,
}

impl SplitReader {
    /// The columns of the projection.
    pub(crate) fn fields(&self) -> &[FieldRef] {
        self.rows.fields()
    }

    /// The next rows. None when there are enough, too.
    ///
    /// # Errors
    ///
    /// What the reader says, or that what it gives is not what was wanted.
    pub(crate) fn next(&mut self) -> Result<Option<Columns>, Error> {
        if self.left == Some(0) {
            return Ok(None);
        }
        let next = self.rows.next()?;
        if let (Some(left), Some(rows)) = (&mut self.left, &next) {
            *left = left.saturating_sub(rows.rows as u64);
        }
        Ok(next)
    }
}
