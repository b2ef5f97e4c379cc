//! What a query wants of the rows, where the reader can tell as well as the engine.

use arrowbox_sdk::{Comparison, Error, Filter, Microsecond, Timestamp, Utc};

use crate::column::{Column, Value};
use crate::line::Line;

/// `column comparison value`, which a row passes or not, as in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    column: Column,
    comparison: Comparison,
    operand: Operand,
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Nothing compares with it.
    Null,
    /// A status, a number of bytes, or microseconds since 1970-01-01T00:00:00 in UTC.
    Number(i64),
    /// For every other column.
    Text(String),
}

impl Condition {
    /// Compares the values of a column.
    pub fn new(column: Column, comparison: Comparison, operand: Operand) -> Self {
        Self {
            column,
            comparison,
            operand,
        }
    }

    /// That of a filter; none if the engine has to look. It does where the order of texts matters.
    ///
    /// # Errors
    ///
    /// The value of the filter is not of the type of its column.
    pub fn of(filter: &Filter) -> Result<Option<Self>, Error> {
        let comparison = filter.comparison();
        let Some(column) = Column::ALL.get(filter.column()).copied() else {
            return Ok(None);
        };
        let is_test = matches!(comparison, Comparison::IsNull | Comparison::IsNotNull);
        let operand = match column {
            _ if is_test || filter.is_null() => Operand::Null,
            Column::Status => Operand::Number(filter.value::<i16>()?.into()),
            Column::Bytes => Operand::Number(filter.value()?),
            Column::Time => Operand::Number(filter.value::<Timestamp<Microsecond, Utc>>()?.ticks()),
            _ => match comparison {
                Comparison::Equal | Comparison::NotEqual => {
                    Operand::Text(filter.text()?.to_owned())
                }
                _ => return Ok(None),
            },
        };
        Ok(Some(Self::new(column, comparison, operand)))
    }

    /// Whether a line passes.
    pub(crate) fn holds(&self, line: &Line<'_>) -> bool {
        let ordering = match (self.column.of(line), &self.operand) {
            (Value::Number(None) | Value::Text(None), _) => return self.holds_for_nulls(),
            (Value::Number(Some(found)), Operand::Number(value)) => found.cmp(value),
            (Value::Text(Some(found)), Operand::Text(value)) => (*found.decode()).cmp(value),
            _ => return self.comparison == Comparison::IsNotNull,
        };
        self.comparison.passes(ordering)
    }

    /// Whether a row of nulls passes.
    pub(crate) fn holds_for_nulls(&self) -> bool {
        self.comparison == Comparison::IsNull
    }
}

#[cfg(test)]
mod tests {
    use Comparison::*;

    use super::*;

    const LINE: &[u8] =
        br#"h - - [10/Oct/2000:13:55:36 -0700] "GET /\"a\" HTTP/1.0" 404 - "-" "x""#;

    fn holds(column: Column, comparison: Comparison, operand: Operand) -> bool {
        Condition::new(column, comparison, operand).holds(&Line::parse(LINE).unwrap())
    }

    fn text(text: &str) -> Operand {
        Operand::Text(text.to_owned())
    }

    #[test]
    fn numbers_compare() {
        let all = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
        for (value, expected) in [
            (403, [false, true, false, false, true, true]),
            (404, [true, false, false, true, false, true]),
            (405, [false, true, true, true, false, false]),
        ] {
            let operand = Operand::Number(value);
            let found = all.map(|comparison| holds(Column::Status, comparison, operand.clone()));
            assert_eq!(found, expected, "{value}");
        }
        let time = Operand::Number(971_211_336_000_000);
        assert!(holds(Column::Time, Equal, time));
    }

    #[test]
    fn texts_compare_as_they_are_read() {
        assert!(holds(Column::Path, Equal, text("/\"a\"")));
        assert!(!holds(Column::Path, Equal, text("/\\\"a\\\"")));
        assert!(holds(Column::Method, NotEqual, text("POST")));
    }

    #[test]
    fn null_is_neither_equal_nor_different() {
        for comparison in [Equal, NotEqual, LessOrEqual] {
            assert!(!holds(Column::Bytes, comparison, Operand::Number(0)));
            assert!(!holds(Column::Status, comparison, Operand::Null));
            assert!(!holds(Column::Referer, comparison, text("-")));
            assert!(!holds(Column::Host, comparison, Operand::Null));
        }
        for (column, is_null) in [
            (Column::Bytes, true),
            (Column::Referer, true),
            (Column::Status, false),
            (Column::Agent, false),
        ] {
            assert_eq!(holds(column, IsNull, Operand::Null), is_null);
            assert_eq!(holds(column, IsNotNull, Operand::Null), !is_null);
        }
    }
}
