//! Calls of grouped and cogrouped maps.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Groups, Options},
};

impl Instance {
    /// Makes a map ready for groups of the tables `inputs`, whose columns `keys` are the key. `arguments` is one row
    /// with the fields `schema`.
    pub fn open_grouped(
        &mut self,
        name: &str,
        inputs: &[Vec<Field>],
        keys: &[Vec<u32>],
        schema: &[Field],
        arguments: Batch,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.grouped.open,
            (
                name.to_owned(),
                inputs.to_vec(),
                keys.to_vec(),
                schema.to_vec(),
                arguments,
                options.clone(),
            ),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn grouped_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.grouped.result, (handle.0,))
    }

    /// Hands over groups, one entry for each input.
    pub fn push_grouped(
        &mut self,
        handle: Handle,
        inputs: Vec<Groups>,
        continued: bool,
    ) -> Answer<()> {
        self.enter(
            |exports| &exports.grouped.push,
            (handle.0, inputs, continued),
        )
    }

    /// The next rows.
    pub fn next_grouped(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports| &exports.grouped.next, (handle.0,))
    }
}
