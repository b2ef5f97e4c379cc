//! Calls of scalar functions.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::scalar::GuestScalarFunction},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

fn scalar(exports: &Native) -> GuestScalarFunction<'_> {
    exports.arrowbox_udf_scalar().scalar_function()
}

impl Instance {
    /// Makes a function ready for arguments of certain types.
    pub fn open_scalar(
        &mut self,
        name: &str,
        arguments: &Vec<Field>,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| scalar(exports).call_open(store, name, arguments, options))
            .map(|opened| opened.map(Handle))
    }

    /// The field of the result.
    pub fn scalar_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| scalar(exports).call_result(store, handle.0))
    }

    /// One value for each row of arguments that were written to the guest's memory.
    pub fn invoke_scalar(&mut self, handle: Handle, arguments: &Batch) -> Answer<Batch> {
        self.enter(|exports, store| scalar(exports).call_invoke(store, handle.0, arguments))
    }
}
