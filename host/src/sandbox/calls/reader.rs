//! Calls of readers.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Exactness, Field, Filters, Options, Request, Split},
};

impl Instance {
    /// Opens a table.
    pub fn open_reader(&mut self, name: &str, options: &Options) -> Answer<Handle> {
        self.enter(
            |exports| &exports.reader.open,
            (name.to_owned(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// All columns.
    pub fn reader_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.reader.result, (handle.0,))
    }

    /// How much of each filter the reader does.
    pub fn reader_exactness(
        &mut self,
        handle: Handle,
        filters: &Filters,
    ) -> Answer<Vec<Exactness>> {
        self.enter(
            |exports| &exports.reader.exactness,
            (handle.0, filters.clone()),
        )
    }

    /// The parts of the table.
    pub fn plan_reader(&mut self, handle: Handle, request: &Request) -> Answer<Vec<Split>> {
        self.enter(|exports| &exports.reader.plan, (handle.0, request.clone()))
    }

    /// Begins to read a part.
    pub fn read_split(
        &mut self,
        handle: Handle,
        split: &Split,
        request: &Request,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.reader.read,
            (handle.0, split.clone(), request.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The next rows of a part.
    pub fn next_split(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports| &exports.reader.next, (handle.0,))
    }
}
