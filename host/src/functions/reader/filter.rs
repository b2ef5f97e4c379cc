//! Filters that a reader can be told about.

use std::fmt;

use arrow::{
    array::ArrayRef,
    datatypes::{DataType, Field, FieldRef, Schema},
};
use datafusion::{
    common::{ScalarValue, exec_err},
    error::Result,
    logical_expr::{BinaryExpr, Expr, Operator},
};

use serde::{Deserialize, Serialize};

use crate::{
    functions::{
        distributed::Columns,
        error::Failure,
        guest::{send, written},
    },
    sandbox::{
        Instance,
        wire::{self, Comparison},
    },
};

/// `column comparison value`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) column: usize,
    /// For people.
    name: String,
    pub(super) comparison: Comparison,
    /// Of the column's type; null where nothing is compared.
    pub(super) value: ScalarValue,
}

/// Filters for a host.
#[derive(Serialize, Deserialize)]
pub(super) struct EncodedFilters {
    /// The column and the comparison of each, which is one of [`COMPARISONS`].
    filters: Vec<(usize, u8)>,
    values: Columns,
}

const COMPARISONS: [Comparison; 8] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::IsNull,
    Comparison::IsNotNull,
];

impl EncodedFilters {
    pub(super) fn new(filters: &[Filter], schema: &Schema) -> Result<Self> {
        let encode = |filter: &Filter| {
            let mut known = COMPARISONS.iter();
            let comparison = known.position(|known| *known == filter.comparison);
            Some((filter.column, u8::try_from(comparison?).ok()?))
        };
        let Some(encoded) = filters.iter().map(encode).collect() else {
            return exec_err!("a filter has a comparison that hosts do not know");
        };
        let (fields, values) = row(filters, schema)?;
        Ok(Self {
            filters: encoded,
            values: Columns::row(&fields, &values)?,
        })
    }

    pub(super) fn decode(&self, schema: &Schema) -> Result<Vec<Filter>> {
        let (fields, values) = self.values.read_row()?;
        let mut filters = Vec::with_capacity(self.filters.len());
        for ((column, comparison), (field, value)) in
            self.filters.iter().zip(fields.iter().zip(&values))
        {
            let comparison = COMPARISONS.get(usize::from(*comparison));
            let known = schema.fields().get(*column);
            let known = known.filter(|known| known.data_type() == field.data_type());
            let (Some(comparison), Some(known)) = (comparison, known) else {
                return exec_err!("a filter for a reader has no column, or no comparison");
            };
            filters.push(Filter {
                column: *column,
                name: known.name().clone(),
                comparison: *comparison,
                value: ScalarValue::try_from_array(value, 0)?,
            });
        }
        Ok(filters)
    }
}

/// The values of filters, as columns of one row.
fn row(filters: &[Filter], schema: &Schema) -> Result<(Vec<FieldRef>, Vec<ArrayRef>)> {
    let fields = filters.iter().map(|filter| {
        let field = schema.field(filter.column);
        Field::new(field.name(), field.data_type().clone(), true)
    });
    let values = filters.iter().map(|filter| filter.value.to_array());
    Ok((
        fields.map(FieldRef::new).collect(),
        values.collect::<Result<_>>()?,
    ))
}

/// An expression as filters that all hold, as far as it can be said with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Conjunction {
    pub(super) filters: Vec<Filter>,
    /// Whether the filters say all of it.
    pub(super) whole: bool,
}

impl Conjunction {
    pub(super) fn of(expr: &Expr, schema: &Schema) -> Self {
        let mut all = Self {
            filters: Vec::new(),
            whole: true,
        };
        // Not by recursion: expressions can be deep.
        let mut left = vec![expr];
        while let Some(expr) = left.pop() {
            match expr {
                Expr::BinaryExpr(BinaryExpr {
                    left: first,
                    op: Operator::And,
                    right: second,
                }) => left.extend([&**second, first]),
                Expr::Between(between) if !between.negated => {
                    let sides = [
                        (Comparison::GreaterOrEqual, &between.low),
                        (Comparison::LessOrEqual, &between.high),
                    ];
                    for (comparison, value) in sides {
                        all.add(compare(&between.expr, comparison, value, schema));
                    }
                }
                expr => all.add(filter(expr, schema)),
            }
        }
        all
    }

    fn add(&mut self, filter: Option<Filter>) {
        match filter {
            Some(filter) => self.filters.push(filter),
            None => self.whole = false,
        }
    }
}

fn filter(expr: &Expr, schema: &Schema) -> Option<Filter> {
    match expr {
        Expr::IsNull(column) => nulls(column, Comparison::IsNull, schema),
        Expr::IsNotNull(column) => nulls(column, Comparison::IsNotNull, schema),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let comparison = match op {
                Operator::Eq => Comparison::Equal,
                Operator::NotEq => Comparison::NotEqual,
                Operator::Lt => Comparison::Less,
                Operator::LtEq => Comparison::LessOrEqual,
                Operator::Gt => Comparison::Greater,
                Operator::GtEq => Comparison::GreaterOrEqual,
                _ => return None,
            };
            compare(left, comparison, right, schema)
                .or_else(|| compare(right, swapped(comparison), left, schema))
        }
        _ => None,
    }
}

fn swapped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn column<'s>(expr: &Expr, schema: &'s Schema) -> Option<(usize, &'s Field)> {
    let Expr::Column(column) = expr else {
        return None;
    };
    schema.column_with_name(&column.name)
}

fn nulls(expr: &Expr, comparison: Comparison, schema: &Schema) -> Option<Filter> {
    let (index, field) = column(expr, schema)?;
    Some(Filter {
        column: index,
        name: field.name().clone(),
        comparison,
        value: ScalarValue::try_from(field.data_type()).ok()?,
    })
}

fn compare(left: &Expr, comparison: Comparison, right: &Expr, schema: &Schema) -> Option<Filter> {
    let (index, field) = column(left, schema)?;
    let Expr::Literal(literal, _) = right else {
        return None;
    };
    Some(Filter {
        column: index,
        name: field.name().clone(),
        comparison,
        value: lossless(literal, field.data_type())?,
    })
}

/// The same value as one of another type, if there is one.
fn lossless(literal: &ScalarValue, wanted: &DataType) -> Option<ScalarValue> {
    // Nothing passes a comparison with null, and nobody agrees on NaN.
    let nan = match literal {
        ScalarValue::Float16(Some(value)) => value.is_nan(),
        ScalarValue::Float32(Some(value)) => value.is_nan(),
        ScalarValue::Float64(Some(value)) => value.is_nan(),
        _ => false,
    };
    if literal.is_null() || nan {
        return None;
    }
    if literal.data_type() == *wanted {
        return Some(literal.clone());
    }
    let cast = literal.cast_to(wanted).ok()?;
    let back = cast.cast_to(&literal.data_type()).ok()?;
    (!cast.is_null() && back == *literal).then_some(cast)
}

/// Copies filters into an instance.
pub(super) fn hand_over(
    instance: &mut Instance,
    filters: &[Filter],
    schema: &Schema,
) -> Result<(wire::Filters, usize), Failure> {
    let (fields, values) = row(filters, schema).map_err(|error| {
        // A value that is no array: no type that is known has one.
        Failure::Send(crate::boundary::SendError::Arrow(
            arrow::error::ArrowError::ExternalError(Box::new(error)),
        ))
    })?;
    let (batch, bytes) = send(instance, &values, 1)?;
    let filters = filters.iter().map(|filter| wire::Filter {
        column: filter.column as u32,
        comparison: filter.comparison,
    });
    Ok((
        wire::Filters {
            filters: filters.collect(),
            schema: written(&fields)?,
            values: batch,
        },
        bytes,
    ))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.comparison {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::IsNull => return write!(f, "{} IS NULL", self.name),
            Comparison::IsNotNull => return write!(f, "{} IS NOT NULL", self.name),
        };
        write!(f, "{} {operator} {}", self.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{cast, col, lit};

    use super::*;

    fn schema() -> Schema {
        Schema::new(vec![
            Field::new("n", DataType::Int32, true),
            Field::new("t", DataType::Utf8, true),
            Field::new("x", DataType::Float64, false),
        ])
    }

    fn shown(expr: &Expr) -> (Vec<String>, bool) {
        let all = Conjunction::of(expr, &schema());
        let filters = all.filters.iter().map(Filter::to_string);
        (filters.collect(), all.whole)
    }

    #[test]
    fn simple_filters_are_told() {
        let view = lit(ScalarValue::Utf8View(Some("a".into())));
        for (expr, expected) in [
            (col("n").eq(lit(5)), "n = 5"),
            (lit(5_i64).lt(col("n")), "n > 5"),
            (lit(5_i64).gt_eq(col("n")), "n <= 5"),
            (col("t").not_eq(view), "t != a"),
            (col("t").is_null(), "t IS NULL"),
            (col("x").is_not_null(), "x IS NOT NULL"),
            (col("x").lt(lit(1)), "x < 1"),
        ] {
            assert_eq!(shown(&expr), (vec![expected.to_owned()], true), "{expr}");
        }
        let between = col("n").between(lit(1), lit(3));
        let (filters, whole) = shown(&between.and(col("t").eq(lit("a"))));
        assert_eq!(filters, ["n >= 1", "n <= 3", "t = a"]);
        assert!(whole);
    }

    #[test]
    fn what_can_not_be_told_is_left_to_the_engine() {
        for expr in [
            col("n").eq(lit(1_i64 << 40)),
            col("n").eq(lit(1.5)),
            col("n").eq(lit(ScalarValue::Int32(None))),
            col("x").gt(lit(f64::NAN)),
            col("n").eq(col("x")),
            cast(col("n"), DataType::Int64).eq(lit(5_i64)),
            col("n").eq(lit(1)).or(col("n").eq(lit(2))),
            col("n").not_between(lit(1), lit(2)),
            col("elsewhere").eq(lit(1)),
        ] {
            assert_eq!(shown(&expr), (vec![], false), "{expr}");
        }
        let (filters, whole) = shown(&col("n").eq(lit(1)).and(col("n").eq(col("x"))));
        assert_eq!((filters, whole), (vec!["n = 1".to_owned()], false));
    }
}
