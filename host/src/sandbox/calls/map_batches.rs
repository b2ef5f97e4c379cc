//! Calls of batch maps.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

impl Instance {
    /// Makes a map ready for batches with the fields `input`. `arguments` is one row with the fields `schema`.
    pub fn open_map_batches(
        &mut self,
        name: &str,
        input: &[Field],
        schema: &[Field],
        arguments: Batch,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.map_batches.open,
            (
                name.to_owned(),
                input.to_vec(),
                schema.to_vec(),
                arguments,
                options.clone(),
            ),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn map_batches_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.map_batches.result, (handle.0,))
    }

    /// Hands over a batch.
    pub fn push_map_batches(&mut self, handle: Handle, rows: Batch) -> Answer<()> {
        self.enter(|exports| &exports.map_batches.push, (handle.0, rows))
    }

    /// There is no more input.
    pub fn finish_map_batches(&mut self, handle: Handle) -> Answer<()> {
        self.enter(|exports| &exports.map_batches.finish, (handle.0,))
    }

    /// The next rows.
    pub fn next_map_batches(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports| &exports.map_batches.next, (handle.0,))
    }
}
