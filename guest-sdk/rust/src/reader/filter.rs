use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::ArrayRef;

use crate::Error;
use crate::constants::Constants;
use crate::row::Argument;

/// How much of a filter a reader does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exactness {
    /// It does not look at the filter.
    Unsupported,
    /// It leaves out some rows that do not pass; the engine filters again.
    Inexact,
    /// Every row that it gives passes the filter.
    Exact,
}

/// How a [`Filter`] compares a column with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
}

impl Comparison {
    /// Whether a value passes that is `ordering` the value of the filter, and not null.
    ///
    /// ```
    /// use arrowbox_sdk::Comparison;
    ///
    /// assert!(Comparison::LessOrEqual.passes(3.cmp(&5)));
    /// assert!(!Comparison::NotEqual.passes(5.cmp(&5)));
    /// assert!(Comparison::IsNotNull.passes(5.cmp(&5)));
    /// ```
    #[inline]
    pub fn passes(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::IsNull => false,
            Self::IsNotNull => true,
        }
    }
}

/// `column comparison value`.
#[derive(Debug, Clone)]
pub struct Filter {
    column: usize,
    comparison: Comparison,
    values: Arc<Constants>,
    /// Which of `values` it compares with.
    index: usize,
}

impl Filter {
    /// Filters, the values of which are in one row.
    ///
    /// # Errors
    ///
    /// There are not as many values.
    pub(crate) fn of(
        comparisons: impl ExactSizeIterator<Item = (usize, Comparison)>,
        values: Constants,
    ) -> Result<Vec<Self>, Error> {
        if comparisons.len() != values.len() {
            return Err(Error::new(format_args!(
                "{} filters came with {} values",
                comparisons.len(),
                values.len()
            )));
        }
        let values = Arc::new(values);
        let filter = |(index, (column, comparison))| Self {
            column,
            comparison,
            values: Arc::clone(&values),
            index,
        };
        Ok(comparisons.enumerate().map(filter).collect())
    }

    /// A column of the table, counted from zero: of all its columns, not of a projection.
    pub fn column(&self) -> usize {
        self.column
    }

    /// How the column is compared with the value.
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// What the column is compared with: a type that a row function takes, such as `i64`, `&str` or
    /// `Timestamp`. It is of the type of the column.
    ///
    /// # Errors
    ///
    /// It is of another type, or it is null, as it is for `IS NULL`, and `T` is no `Option`.
    pub fn value<'a, T: Argument<'a>>(&'a self) -> Result<T, Error> {
        self.values.value(self.index, "the value of the filter")
    }

    /// What the column is compared with, if it is text.
    ///
    /// # Errors
    ///
    /// It is not text, or it is null.
    pub fn text(&self) -> Result<&str, Error> {
        self.value()
    }

    /// Whether what the column is compared with is null.
    pub fn is_null(&self) -> bool {
        self.values.is_null(self.index)
    }

    /// What the column is compared with, as an array of one value.
    pub fn array(&self) -> ArrayRef {
        self.values.array(self.index)
    }
}
