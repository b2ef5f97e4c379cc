//! Calls of writers.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::writer::GuestTableWriter},
    instance::{Handle, Instance},
    wire::{Batch, Field, Options},
};

fn writer(exports: &Native) -> GuestTableWriter<'_> {
    exports.arrowbox_udf_writer().table_writer()
}

impl Instance {
    /// Opens a table for rows with the fields `input`.
    pub fn open_writer(
        &mut self,
        name: &str,
        input: &Vec<Field>,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| writer(exports).call_open(store, name, input, options))
            .map(|opened| opened.map(Handle))
    }

    /// Begins a partition.
    pub fn begin_partition(&mut self, handle: Handle, partition: u32) -> Answer<Handle> {
        self.enter(|exports, store| writer(exports).call_partition(store, handle.0, partition))
            .map(|opened| opened.map(Handle))
    }

    /// Hands over rows.
    pub fn write_partition(&mut self, handle: Handle, rows: &Batch) -> Answer<()> {
        self.enter(|exports, store| {
            exports
                .arrowbox_udf_writer()
                .partition_writer()
                .call_write(store, handle.0, rows)
        })
    }

    /// Ends a partition.
    pub fn finish_partition(&mut self, handle: Handle) -> Answer<Vec<u8>> {
        self.enter(|exports, store| {
            exports
                .arrowbox_udf_writer()
                .partition_writer()
                .call_finish(store, handle.0)
        })
    }

    /// Has what every partition said at its end.
    pub fn commit_writer(&mut self, handle: Handle, manifests: &[Vec<u8>]) -> Answer<()> {
        self.enter(|exports, store| writer(exports).call_commit(store, handle.0, manifests))
    }
}
