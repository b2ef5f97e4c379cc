//! Calls of readers.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::reader::GuestTableReader},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Exactness, Field, Filters, Options, Request, Split},
};

fn reader(exports: &Native) -> GuestTableReader<'_> {
    exports.arrowbox_udf_reader().table_reader()
}

impl Instance {
    /// Opens a table.
    pub fn open_reader(&mut self, name: &str, options: &Options) -> Answer<Handle> {
        self.enter(|exports, store| reader(exports).call_open(store, name, options))
            .map(|opened| opened.map(Handle))
    }

    /// All columns.
    pub fn reader_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| reader(exports).call_result(store, handle.0))
    }

    /// How much of each filter the reader does.
    pub fn reader_exactness(
        &mut self,
        handle: Handle,
        filters: &Filters,
    ) -> Answer<Vec<Exactness>> {
        self.enter(|exports, store| reader(exports).call_exactness(store, handle.0, filters))
    }

    /// The parts of the table.
    pub fn plan_reader(&mut self, handle: Handle, request: &Request) -> Answer<Vec<Split>> {
        self.enter(|exports, store| reader(exports).call_plan(store, handle.0, request))
    }

    /// Begins to read a part.
    pub fn read_split(
        &mut self,
        handle: Handle,
        split: &Split,
        request: &Request,
    ) -> Answer<Handle> {
        self.enter(|exports, store| reader(exports).call_read(store, handle.0, split, request))
            .map(|opened| opened.map(Handle))
    }

    /// The next rows of a part.
    pub fn next_split(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports, store| {
            exports
                .arrowbox_udf_reader()
                .split_reader()
                .call_next(store, handle.0)
        })
    }
}
