//! A function of any kind.

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use super::{
    aggregate::{Aggregate, aggregate_udf},
    binding::Binding,
    bound::BindError,
    description::Kind,
    grouped::GroupedMap,
    map_batches::MapBatches,
    reader::Reader,
    scalar::{Scalar, scalar_udf},
    table::TableFunction,
    window::{Window, window_udf},
    writer::Writer,
};
use crate::{
    runtime::{ComponentError, Runtime},
    store::Digest,
};

/// A function that was bound: what a session calls by its name.
#[derive(Debug, Clone)]
pub enum Function {
    /// A value for each row.
    Scalar(Arc<ScalarUDF>),
    /// A value for each group.
    Aggregate(Arc<AggregateUDF>),
    /// A value for each row of an ordered partition.
    Window(Arc<WindowUDF>),
    /// Rows for values.
    Table(Arc<TableFunction>),
    /// Batches for batches.
    MapBatches(Arc<MapBatches>),
    /// Rows for the rows of a key, of one input or two.
    GroupedMap(Arc<GroupedMap>),
    /// A table of what lies somewhere.
    Reader(Arc<Reader>),
    /// A table put somewhere.
    Writer(Arc<Writer>),
}

impl Function {
    /// The function that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn bind(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        Ok(match kind(runtime, binding.component, &binding.function)? {
            Some(Kind::Aggregate) => Self::Aggregate(aggregate_udf(runtime, binding)?.into()),
            Some(Kind::Window) => Self::Window(window_udf(runtime, binding)?.into()),
            Some(Kind::Table) => Self::Table(TableFunction::new(runtime, binding)?.into()),
            Some(Kind::MapBatches) => Self::MapBatches(MapBatches::new(runtime, binding)?.into()),
            Some(Kind::GroupedMap | Kind::CogroupedMap) => {
                Self::GroupedMap(GroupedMap::new(runtime, binding)?.into())
            }
            Some(Kind::Reader) => Self::Reader(Reader::new(runtime, binding)?.into()),
            Some(Kind::Writer) => Self::Writer(Writer::new(runtime, binding)?.into()),
            // Which says that there is no such function.
            Some(Kind::Scalar) | None => Self::Scalar(scalar_udf(runtime, binding)?.into()),
        })
    }

    /// Runs the function's constructors, to see that they take the binding's parameters and data. What can
    /// not be opened without knowing what it is called with is left out.
    ///
    /// # Errors
    ///
    /// What the constructor says.
    pub fn try_constructor(&self) -> Result<(), BindError> {
        match self {
            Self::Scalar(udf) => Scalar::of(udf).map_or(Ok(()), Scalar::try_constructor),
            Self::Aggregate(udf) => Aggregate::of(udf).map_or(Ok(()), Aggregate::try_constructor),
            Self::Window(udf) => Window::of(udf).map_or(Ok(()), Window::try_constructor),
            Self::Table(function) => function.try_constructor(),
            // These are opened for the tables that they are called with.
            Self::MapBatches(_) | Self::GroupedMap(_) | Self::Reader(_) | Self::Writer(_) => Ok(()),
        }
    }
}

fn kind(
    runtime: &Arc<Runtime>,
    component: Digest,
    function: &str,
) -> Result<Option<Kind>, ComponentError> {
    let component = runtime.component(component)?;
    let function = component.description().function(function);
    Ok(function.map(|function| function.kind))
}
