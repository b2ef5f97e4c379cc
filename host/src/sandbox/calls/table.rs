//! Calls of table functions.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

impl Instance {
    /// Makes a function ready for arguments of certain types.
    pub fn open_table(
        &mut self,
        name: &str,
        arguments: &[Field],
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.table.open,
            (name.to_owned(), arguments.to_vec(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn table_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.table.result, (handle.0,))
    }

    /// Hands over rows of arguments.
    pub fn push_table(&mut self, handle: Handle, arguments: Batch) -> Answer<()> {
        self.enter(|exports| &exports.table.push, (handle.0, arguments))
    }

    /// The next rows.
    pub fn next_table(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports| &exports.table.next, (handle.0,))
    }
}
