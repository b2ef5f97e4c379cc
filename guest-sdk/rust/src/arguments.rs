use arrow_data::ArrayData;

use crate::Error;

/// What a function is called with.
#[derive(Debug)]
pub struct Arguments {
    columns: Vec<RawColumn>,
    rows: usize,
}

impl Arguments {
    /// Columns of `rows` rows each. One with a single value is a constant.
    pub fn new(columns: impl IntoIterator<Item = ArrayData>, rows: usize) -> Self {
        let column = |data| RawColumn { data, rows };
        Self {
            columns: columns.into_iter().map(column).collect(),
            rows,
        }
    }

    /// The rows that every column has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first column, and the others.
    ///
    /// # Errors
    ///
    /// There is no column.
    pub(crate) fn split_first(mut self) -> Result<(RawColumn, Self), Error> {
        if self.columns.is_empty() {
            return Err(Error::new("the batch has no columns"));
        }
        Ok((self.columns.remove(0), self))
    }

    /// All of them.
    pub fn columns(&self) -> &[RawColumn] {
        &self.columns
    }
}

/// One argument.
///
/// It is not an array yet, because a component has in it what its functions use: to make an array of a type
/// that is not known before is to have all arrays there are.
#[derive(Debug)]
pub struct RawColumn {
    data: ArrayData,
    rows: usize,
}

impl RawColumn {
    /// In values.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Whether one value stands for all rows.
    pub(crate) fn is_constant(&self) -> bool {
        self.rows != 1 && self.data.len() == 1
    }

    /// The values: one for each row, or one in all.
    pub(crate) fn data(&self) -> &ArrayData {
        &self.data
    }
}
