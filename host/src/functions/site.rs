//! A function of values at one place in a query.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use datafusion::{
    error::{DataFusionError, Result},
    physical_expr::{PhysicalExpr, expressions::Literal},
};

use super::{
    bound::Bound,
    coercion::Choice,
    error::Failure,
    guest::{Guest, cast},
};
use crate::{
    query::{Figures, FunctionScope, Lodger, Opened, Pool, QueryScope},
    sandbox::{Handle, Instance},
};

/// A function, its query, and the arguments that it is called with.
pub(super) struct Site {
    pub(super) bound: Arc<Bound>,
    query: Arc<QueryScope>,
    pub(super) scope: Arc<FunctionScope>,
    pub(super) choice: Choice,
    /// Arguments that are one value for all rows.
    constants: Vec<bool>,
}

impl Site {
    pub(super) fn new(
        bound: &Arc<Bound>,
        query: &Arc<QueryScope>,
        choice: Choice,
        arguments: &[Arc<dyn PhysicalExpr>],
    ) -> Self {
        let is_constant = |argument: &Arc<dyn PhysicalExpr>| argument.is::<Literal>();
        Self {
            scope: bound.scope(query),
            bound: Arc::clone(bound),
            query: Arc::clone(query),
            choice,
            constants: arguments.iter().map(is_constant).collect(),
        }
    }

    pub(super) fn failed(&self, cause: Failure) -> DataFusionError {
        self.bound.error(self.query.host(), cause).into()
    }

    /// Arguments as the guest takes them: of its types, constants as one value.
    pub(super) fn arguments(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let constants = self.constants.iter();
        let columns = values.iter().zip(constants).map(|(values, constant)| {
            if *constant && values.len() > 1 {
                values.slice(0, 1)
            } else {
                Arc::clone(values)
            }
        });
        self.cast(&columns.collect::<Vec<_>>())
    }

    /// The first columns as arguments of the guest's types.
    pub(super) fn cast(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let types = &self.choice.types;
        let columns = values[..types.len()].to_vec();
        let (columns, bytes) = cast(columns, types).map_err(|cause| self.failed(cause))?;
        Figures::add(&self.scope.figures.bytes_copied_in, bytes);
        Ok(columns)
    }

    /// Instances that anybody at such a place can use.
    pub(super) fn pool(&self) -> Arc<Pool> {
        self.scope
            .pool(self.choice.signature, self.choice.types.iter())
    }

    /// A state that outlives a call, in an instance made by `make` or in which `open` opens the function.
    pub(super) fn lodge(
        &self,
        make: impl FnOnce() -> Result<Guest, Failure>,
        open: impl FnOnce(&mut Instance) -> Result<Handle, Failure>,
    ) -> Result<Lodger, Failure> {
        let shared = self
            .scope
            .shared(self.choice.signature, self.choice.types.iter());
        shared.lodge(|| Ok(make()?.opened), open)
    }

    pub(super) fn guest(&self, opened: Opened) -> Guest {
        Guest {
            opened,
            scope: Arc::clone(&self.scope),
        }
    }
}
