//! Calls of writers.

use super::Answer;
use crate::sandbox::{
    instance::{Handle, Instance},
    wire::{Batch, Field, Options},
};

impl Instance {
    /// Opens a table for rows with the fields `input`.
    pub fn open_writer(
        &mut self,
        name: &str,
        input: &[Field],
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.writer.open,
            (name.to_owned(), input.to_vec(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// Begins a partition.
    pub fn begin_partition(&mut self, handle: Handle, partition: u32) -> Answer<Handle> {
        self.enter(|exports| &exports.writer.partition, (handle.0, partition))
            .map(|opened| opened.map(Handle))
    }

    /// Hands over rows.
    pub fn write_partition(&mut self, handle: Handle, rows: Batch) -> Answer<()> {
        self.enter(|exports| &exports.writer.write, (handle.0, rows))
    }

    /// Ends a partition.
    pub fn finish_partition(&mut self, handle: Handle) -> Answer<Vec<u8>> {
        self.enter(|exports| &exports.writer.finish, (handle.0,))
    }

    /// Has what every partition said at its end.
    pub fn commit_writer(&mut self, handle: Handle, manifests: &[Vec<u8>]) -> Answer<()> {
        self.enter(
            |exports| &exports.writer.commit,
            (handle.0, manifests.to_vec()),
        )
    }
}
