//! Data of every type crosses the boundary both ways, and is what it was.

mod constants;
mod copies;
mod made;
mod round_trip;

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use arrowbox_host::QueryScope;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

/// Calls a function as a plan does.
pub(crate) fn invoke(
    function: &ScalarUDF,
    scope: &Arc<QueryScope>,
    args: Vec<ColumnarValue>,
    number_rows: usize,
) -> Result<ColumnarValue> {
    let mut options = ConfigOptions::default();
    scope.install(&mut options);
    let field = |value: &ColumnarValue| Arc::new(Field::new("x", value.data_type(), true));
    let arg_fields: Vec<_> = args.iter().map(field).collect();
    let scalar_arguments: Vec<_> = args
        .iter()
        .map(|value| match value {
            ColumnarValue::Scalar(value) => Some(value),
            ColumnarValue::Array(_) => None,
        })
        .collect();
    let return_field = function.return_field_from_args(ReturnFieldArgs {
        arg_fields: &arg_fields,
        scalar_arguments: &scalar_arguments,
    })?;
    function.invoke_with_args(ScalarFunctionArgs {
        args,
        arg_fields,
        number_rows,
        return_field,
        config_options: Arc::new(options),
    })
}

/// Calls a function of one column.
pub(crate) fn column(
    function: &ScalarUDF,
    scope: &Arc<QueryScope>,
    column: &ArrayRef,
) -> Result<ArrayRef> {
    let args = vec![ColumnarValue::Array(Arc::clone(column))];
    invoke(function, scope, args, column.len())?.into_array(column.len())
}

pub(crate) fn scope() -> Arc<QueryScope> {
    QueryScope::new(Arc::new(UnboundedMemoryPool::default()), 1, None)
}
