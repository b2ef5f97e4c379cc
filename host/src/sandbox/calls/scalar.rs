//! Calls of scalar functions.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

impl Instance {
    /// Makes a function ready for arguments of certain types.
    pub fn open_scalar(
        &mut self,
        name: &str,
        arguments: &[Field],
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.scalar.open,
            (name.to_owned(), arguments.to_vec(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The field of the result.
    pub fn scalar_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.scalar.result, (handle.0,))
    }

    /// One value for each row of arguments that were written to the guest's memory.
    pub fn invoke_scalar(&mut self, handle: Handle, arguments: Batch) -> Answer<Batch> {
        self.enter(|exports| &exports.scalar.invoke, (handle.0, arguments))
    }
}
