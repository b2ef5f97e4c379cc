//! Calls of window functions.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

impl Instance {
    /// Makes a function ready for arguments of certain types.
    pub fn open_window(
        &mut self,
        name: &str,
        arguments: &[Field],
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.window.open,
            (name.to_owned(), arguments.to_vec(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The field of the result.
    pub fn window_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.window.result, (handle.0,))
    }

    /// Whether [`push_window`](Self::push_window) can be called.
    pub fn is_window_incremental(&mut self, handle: Handle) -> Result<bool, CallError> {
        self.enter(|exports| &exports.window.incremental, (handle.0,))
    }

    /// One value for each row of a whole partition.
    pub fn evaluate_window(&mut self, handle: Handle, partition: Batch) -> Answer<Batch> {
        self.enter(|exports| &exports.window.evaluate, (handle.0, partition))
    }

    /// One value for each of the next rows of a partition.
    pub fn push_window(&mut self, handle: Handle, rows: Batch, first: bool) -> Answer<Batch> {
        self.enter(|exports| &exports.window.push, (handle.0, rows, first))
    }
}
