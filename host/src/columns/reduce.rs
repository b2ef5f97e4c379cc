//! Aggregates of the engine.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef},
    datatypes::{Field, Schema},
};
use datafusion::{
    logical_expr::{Volatility, type_coercion::functions::fields_with_udf},
    physical_expr::{aggregate::AggregateExprBuilder, expressions::Column},
};

use super::{Reserve, Result, call::ENGINE, refuse, rows::cast, size::unpacked, value::value};
use crate::sandbox::wire::Value;

/// Aggregates whose results no value can hold, and which would be made in vain.
const LISTS: [&str; 3] = ["array_agg", "string_agg", "grouping"];

/// All rows at once.
pub(crate) fn reduce(aggregate: &str, values: &ArrayRef, reserve: Reserve<'_>) -> Result<Value> {
    let name = aggregate.to_lowercase();
    let known = ENGINE.aggregate_functions().get(&name);
    let Some(known) = known.filter(|_| !LISTS.contains(&name.as_str())) else {
        return refuse(format!("there is no aggregate `{aggregate}`"));
    };
    if known.signature().volatility != Volatility::Immutable {
        return refuse(format!("`{aggregate}` is not always the same"));
    }
    let given = Arc::new(Field::new("values", values.data_type().clone(), true));
    let wanted = fields_with_udf(&[given], known.as_ref())?;
    let [wanted] = wanted.as_slice() else {
        return refuse(format!("`{aggregate}` takes more than one column"));
    };
    let values = cast(values, wanted.data_type(), reserve)?;
    // Some keep every value, in a table at worst.
    reserve(unpacked(&values).saturating_add(values.len().saturating_mul(32)))?;
    let schema = Arc::new(Schema::new(vec![Arc::clone(wanted)]));
    let column = Arc::new(Column::new(wanted.name(), 0));
    let aggregate = AggregateExprBuilder::new(Arc::clone(known), vec![column])
        .schema(schema)
        .alias("reduced")
        .build()?;
    let mut accumulator = aggregate.create_accumulator()?;
    accumulator.update_batch(&[values])?;
    value(accumulator.evaluate()?)
}
