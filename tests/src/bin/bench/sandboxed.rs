//! The reference functions in the sandbox, and calls of either side through DataFusion's own path.

use std::{error::Error, sync::Arc};

use arrow::{
    array::ArrayRef,
    datatypes::{Field, FieldRef},
};
use arrowbox_host::{Binding, FunctionFigures, QueryScope, Runtime, Store, scalar_udf};
use arrowbox_tests::component::component;
use datafusion::{
    config::ConfigOptions,
    execution::memory_pool::UnboundedMemoryPool,
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF},
};
use tempfile::TempDir;

/// A runtime with the component of the reference functions.
pub(crate) struct Sandbox {
    runtime: Arc<Runtime>,
    reference: arrowbox_host::Digest,
    _dir: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let runtime = Runtime::new(Store::open(dir.path())?)?;
        let reference = runtime.store().put(&component("reference"))?;
        Ok(Self {
            runtime,
            reference,
            _dir: dir,
        })
    }

    pub(crate) fn udf(&self, name: &str) -> Result<ScalarUDF, Box<dyn Error>> {
        Ok(scalar_udf(
            &self.runtime,
            Binding::new(self.reference, name),
        )?)
    }
}

/// A scope of its own, in which up to `parked` results can be held in place.
pub(crate) fn scope(parked: usize) -> Arc<QueryScope> {
    QueryScope::with_parked(Arc::new(UnboundedMemoryPool::default()), parked, None)
}

/// A call that can be repeated.
pub(crate) struct Call {
    function: ScalarUDF,
    columns: Vec<ColumnarValue>,
    fields: Vec<FieldRef>,
    result: FieldRef,
    rows: usize,
    options: Arc<ConfigOptions>,
}

impl Call {
    pub(crate) fn new(
        function: ScalarUDF,
        columns: &[ArrayRef],
        scope: Option<&Arc<QueryScope>>,
    ) -> datafusion::error::Result<Self> {
        let field = |column: &ArrayRef| Arc::new(Field::new("x", column.data_type().clone(), true));
        let fields: Vec<FieldRef> = columns.iter().map(field).collect();
        let result = function.return_field_from_args(ReturnFieldArgs {
            arg_fields: &fields,
            scalar_arguments: &vec![None; fields.len()],
        })?;
        let mut options = ConfigOptions::new();
        if let Some(scope) = scope {
            scope.install(&mut options);
        }
        Ok(Self {
            function,
            rows: columns[0].len(),
            columns: columns.iter().cloned().map(ColumnarValue::Array).collect(),
            fields,
            result,
            options: Arc::new(options),
        })
    }

    pub(crate) fn run(&self) -> ArrayRef {
        let result = self.function.invoke_with_args(ScalarFunctionArgs {
            args: self.columns.clone(),
            arg_fields: self.fields.clone(),
            number_rows: self.rows,
            return_field: Arc::clone(&self.result),
            config_options: Arc::clone(&self.options),
        });
        match result {
            Ok(ColumnarValue::Array(array)) => array,
            Ok(ColumnarValue::Scalar(_)) => panic!("a column was expected"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What the only function of a scope did.
pub(crate) fn figures(scope: &QueryScope) -> FunctionFigures {
    scope.figures().pop().expect("a function was called")
}
