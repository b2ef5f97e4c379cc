//! Calls of batch maps.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::map_batches::GuestBatchMapper},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

fn mapper(exports: &Native) -> GuestBatchMapper<'_> {
    exports.arrowbox_udf_map_batches().batch_mapper()
}

impl Instance {
    /// Makes a map ready for batches with the fields `input`. `arguments` is one row with the fields `schema`.
    pub fn open_map_batches(
        &mut self,
        name: &str,
        input: &Vec<Field>,
        schema: &Vec<Field>,
        arguments: &Batch,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| {
            mapper(exports).call_open(store, name, input, schema, arguments, options)
        })
        .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn map_batches_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| mapper(exports).call_result(store, handle.0))
    }

    /// Hands over a batch.
    pub fn push_map_batches(&mut self, handle: Handle, rows: &Batch) -> Answer<()> {
        self.enter(|exports, store| mapper(exports).call_push(store, handle.0, rows))
    }

    /// There is no more input.
    pub fn finish_map_batches(&mut self, handle: Handle) -> Answer<()> {
        self.enter(|exports, store| mapper(exports).call_finish(store, handle.0))
    }

    /// The next rows.
    pub fn next_map_batches(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports, store| mapper(exports).call_next(store, handle.0))
    }
}
