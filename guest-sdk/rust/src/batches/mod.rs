mod promised;

use std::fmt;

use arrow_array::RecordBatch;

use crate::Error;

pub(crate) use promised::{Promised, batch_of};

/// Rows that a function gives: nothing, some batches, or batches that are made when they are asked for.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::Batches;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array, RecordBatch};
///
/// # fn main() -> Result<(), arrowbox_sdk::Error> {
/// let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// let rows = RecordBatch::try_from_iter([("a", column)])?;
///
/// assert_eq!(Batches::default().count(), 0);
/// assert_eq!(Batches::from(rows.clone()).count(), 1);
/// assert_eq!(Batches::from(vec![rows.clone(), rows.clone()]).count(), 2);
/// // Only as many as somebody wants are ever made.
/// let endless = Batches::lazy(std::iter::repeat_with(move || Ok(rows.clone())));
/// assert_eq!(endless.take(3).count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Batches(Source);

#[derive(Default)]
enum Source {
    #[default]
    Nothing,
    One(RecordBatch),
    Lazy(Box<dyn Iterator<Item = Result<RecordBatch, Error>>>),
}

impl Batches {
    /// Batches that are made when they are asked for.
    pub fn lazy<I>(batches: I) -> Self
    where
        I: IntoIterator<Item = Result<RecordBatch, Error>>,
        I::IntoIter: 'static,
    {
        Self(Source::Lazy(Box::new(batches.into_iter().fuse())))
    }

    /// As [`lazy`](Self::lazy), from a function that is called until it gives `None`, or an error.
    pub fn from_fn(mut next: impl FnMut() -> Result<Option<RecordBatch>, Error> + 'static) -> Self {
        Self::lazy(std::iter::from_fn(move || next().transpose()))
    }
}

impl From<RecordBatch> for Batches {
    fn from(batch: RecordBatch) -> Self {
        Self(Source::One(batch))
    }
}

impl From<Option<RecordBatch>> for Batches {
    fn from(batch: Option<RecordBatch>) -> Self {
        batch.map_or_else(Self::default, Self::from)
    }
}

impl From<Vec<RecordBatch>> for Batches {
    fn from(batches: Vec<RecordBatch>) -> Self {
        Self::lazy(batches.into_iter().map(Ok))
    }
}

/// Ends with the first error.
impl Iterator for Batches {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Nothing => None,
            Source::One(_) => match std::mem::take(&mut self.0) {
                Source::One(batch) => Some(Ok(batch)),
                _ => None,
            },
            Source::Lazy(batches) => {
                let next = batches.next();
                if !matches!(next, Some(Ok(_))) {
                    self.0 = Source::Nothing;
                }
                next
            }
        }
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Nothing => "Batches(none)",
            Source::One(_) => "Batches(one)",
            Source::Lazy(_) => "Batches(lazy)",
        })
    }
}
