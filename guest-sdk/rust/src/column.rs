use arrow_array::{Array, ArrayRef, Datum, NullArray, make_array};
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;
use std::sync::Arc;

/// One argument of a vectorised function, with what the query knows about it.
///
/// A function that takes `&Column` in place of an array sees whether the argument is a constant. As a
/// [`Datum`] it goes straight into Arrow's kernels, which treat constants as such.
#[derive(Debug, Clone)]
pub struct Column {
    values: ArrayRef,
    rows: usize,
}

impl Column {
    /// A value for each row.
    pub fn new(values: ArrayRef) -> Self {
        let rows = values.len();
        Self { values, rows }
    }

    /// One value that stands for `rows` rows.
    ///
    /// # Panics
    ///
    /// If `value` has not exactly one value.
    pub fn constant(value: ArrayRef, rows: usize) -> Self {
        assert_eq!(value.len(), 1, "a constant is an array of one value");
        Self {
            values: value,
            rows,
        }
    }

    /// In values.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether one value stands for all rows.
    pub fn is_constant(&self) -> bool {
        self.rows != 1 && self.values.len() == 1
    }

    /// The values: one for each row, or one in all if the column [is constant](Self::is_constant).
    pub fn values(&self) -> &ArrayRef {
        &self.values
    }

    /// One value for each row.
    pub fn expand(&self) -> ArrayRef {
        if self.is_constant() {
            repeat(&self.values, self.rows)
        } else {
            Arc::clone(&self.values)
        }
    }
}

impl Datum for Column {
    fn get(&self) -> (&dyn Array, bool) {
        (&self.values, self.is_constant())
    }
}

/// The one value of `value`, `rows` times.
fn repeat(value: &ArrayRef, rows: usize) -> ArrayRef {
    if value.data_type() == &DataType::Null {
        return Arc::new(NullArray::new(rows));
    }
    let data = value.to_data();
    let capacity = Capacities::Array(rows);
    let mut repeated = MutableArrayData::with_capacities(vec![&data], false, capacity);
    for _ in 0..rows {
        repeated
            .try_extend(0, 0, 1)
            .expect("one value as often as a batch has rows");
    }
    make_array(repeated.freeze())
}

/// What a function is called with.
#[derive(Debug)]
pub struct Arguments {
    columns: Vec<Column>,
    rows: usize,
}

impl Arguments {
    /// Columns of `rows` rows each.
    pub fn new(columns: Vec<Column>, rows: usize) -> Self {
        Self { columns, rows }
    }

    /// The same with one row, if that stands for all of them.
    pub(crate) fn collapse(self) -> Self {
        let constant = self.columns.iter().all(|column| column.values.len() == 1);
        if self.rows <= 1 || !constant {
            return self;
        }
        Self {
            rows: 1,
            columns: self
                .columns
                .into_iter()
                .map(|c| Column::new(c.values))
                .collect(),
        }
    }

    /// The rows that every column has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All of them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Int64Array, StringArray};

    #[test]
    fn constants_expand() {
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("ab")]));
        let column = Column::constant(text, 3);
        assert!(column.is_constant());
        let expanded: ArrayRef = Arc::new(StringArray::from(vec!["ab"; 3]));
        assert_eq!(&column.expand(), &expanded);
        assert_eq!(Column::constant(expanded.slice(0, 1), 0).expand().len(), 0);
    }

    #[test]
    fn one_row_stands_for_all_only_if_every_column_is_constant() {
        let one: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let many: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let constant = || Column::constant(Arc::clone(&one), 3);
        let mixed = Arguments::new(vec![constant(), Column::new(many)], 3);
        assert_eq!(mixed.collapse().rows(), 3);
        assert_eq!(Arguments::new(vec![constant()], 3).collapse().rows(), 1);
        assert_eq!(Arguments::new(vec![], 3).collapse().rows(), 1);
    }
}
