//! What a query wants of the mean quality.

use arrowbox_sdk::{Comparison, Error, Filter};

use crate::column::Column;

/// `mean_quality comparison value`, which a row passes or not, as in SQL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    comparison: Comparison,
    /// None is null: nothing compares with it.
    value: Option<f64>,
}

impl Condition {
    /// Compares the mean quality of a record.
    pub fn new(comparison: Comparison, value: Option<f64>) -> Self {
        Self { comparison, value }
    }

    /// That of a filter; none if it is one of another column, which the engine has to look at.
    ///
    /// # Errors
    ///
    /// The value of the filter is not a float of 64 bits.
    pub fn of(filter: &Filter) -> Result<Option<Self>, Error> {
        match Column::ALL.get(filter.column()) {
            Some(Column::MeanQuality) => Ok(Some(Self::new(filter.comparison(), filter.value()?))),
            _ => Ok(None),
        }
    }

    /// Whether a record with this mean passes.
    #[inline]
    pub fn holds(&self, mean: Option<f64>) -> bool {
        match (self.comparison, mean, self.value) {
            (comparison, None, _) => comparison == Comparison::IsNull,
            // Floats have the order that Arrow gives them.
            (comparison, Some(mean), Some(value)) => comparison.passes(mean.total_cmp(&value)),
            (comparison, Some(_), None) => comparison == Comparison::IsNotNull,
        }
    }
}

#[cfg(test)]
mod tests {
    use Comparison::*;

    use super::*;

    #[test]
    fn means_compare() {
        let all = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
        let found = |mean: f64, value: f64| {
            all.map(|comparison| Condition::new(comparison, Some(value)).holds(Some(mean)))
        };
        assert_eq!(found(29.5, 30.0), [false, true, true, true, false, false]);
        assert_eq!(found(30.0, 30.0), [true, false, false, true, false, true]);
        assert_eq!(found(30.5, 30.0), [false, true, false, false, true, true]);
        assert_eq!(
            found(30.5, f64::NAN),
            [false, true, true, true, false, false]
        );
    }

    #[test]
    fn null_does_not_compare() {
        for comparison in [Equal, NotEqual, GreaterOrEqual] {
            assert!(!Condition::new(comparison, None).holds(Some(1.0)));
            assert!(!Condition::new(comparison, Some(1.0)).holds(None));
        }
        for (comparison, mean, expected) in [
            (IsNull, None, true),
            (IsNull, Some(1.0), false),
            (IsNotNull, Some(1.0), true),
            (IsNotNull, None, false),
        ] {
            assert_eq!(Condition::new(comparison, None).holds(mean), expected);
        }
    }
}
