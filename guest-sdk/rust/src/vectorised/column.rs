use arrow_array::{Array, ArrayRef, Datum, make_array};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;

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
        let values = value;
        Self { values, rows }
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
            make_array(repeat(&self.values.to_data(), self.rows))
        } else {
            ArrayRef::clone(&self.values)
        }
    }
}

impl Datum for Column {
    fn get(&self) -> (&dyn Array, bool) {
        (&self.values, self.is_constant())
    }
}

/// The one value of `value`, `rows` times.
pub(super) fn repeat(value: &ArrayData, rows: usize) -> ArrayData {
    if value.data_type() == &DataType::Null {
        return ArrayData::new_null(&DataType::Null, rows);
    }
    let mut repeated =
        MutableArrayData::with_capacities(vec![value], false, Capacities::Array(rows));
    for _ in 0..rows {
        repeated
            .try_extend(0, 0, 1)
            .expect("one value as often as a batch has rows");
    }
    repeated.freeze()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use arrow_array::{NullArray, StringArray};

    #[test]
    fn constants_expand() {
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("ab")]));
        let column = Column::constant(text, 3);
        assert!(column.is_constant());
        let expanded: ArrayRef = Arc::new(StringArray::from(vec!["ab"; 3]));
        assert_eq!(&column.expand(), &expanded);
        assert_eq!(Column::constant(expanded.slice(0, 1), 0).expand().len(), 0);
        let null: ArrayRef = Arc::new(NullArray::new(1));
        assert_eq!(Column::constant(null, 5).expand().len(), 5);
    }
}
