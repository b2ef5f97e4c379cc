//! Calls of grouped and cogrouped maps.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::grouped::GuestGroupMapper},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Groups, Options},
};

fn mapper(exports: &Native) -> GuestGroupMapper<'_> {
    exports.arrowbox_udf_grouped().group_mapper()
}

impl Instance {
    /// Makes a map ready for groups of the tables `inputs`, whose columns `keys` are the key. `arguments` is one row
    /// with the fields `schema`.
    pub fn open_grouped(
        &mut self,
        name: &str,
        inputs: &[Vec<Field>],
        keys: &[Vec<u32>],
        schema: &Vec<Field>,
        arguments: &Batch,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| {
            mapper(exports).call_open(store, name, inputs, keys, schema, arguments, options)
        })
        .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn grouped_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| mapper(exports).call_result(store, handle.0))
    }

    /// Hands over groups, one entry for each input.
    pub fn push_grouped(
        &mut self,
        handle: Handle,
        inputs: &[Groups],
        continued: bool,
    ) -> Answer<()> {
        self.enter(|exports, store| mapper(exports).call_push(store, handle.0, inputs, continued))
    }

    /// The next rows.
    pub fn next_grouped(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports, store| mapper(exports).call_next(store, handle.0))
    }
}
