//! Writers.

use std::sync::Arc;

use super::{
    binding::Binding,
    bound::{BindError, Bound},
    description::Kind,
};
use crate::runtime::Runtime;

/// A writer of a component.
#[derive(Debug)]
pub struct Writer {
    bound: Arc<Bound>,
}

impl Writer {
    /// The writer that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Arc::new(Bound::new(runtime, binding, Kind::Writer)?);
        Ok(Self { bound })
    }
}
