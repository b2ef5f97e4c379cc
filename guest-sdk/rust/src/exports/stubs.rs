//! The kinds of functions that this SDK has none of: whoever opens one hears that there is none.

use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::{
    aggregate, grouped, map_batches, reader, table, window, writer,
};
use crate::entry;
use crate::function::Library;

/// What can not be opened. There is no value of it, so nothing of it is ever called.
pub enum NoFunction {}

fn none<T>(kind: &str, name: &str) -> Result<T, Error> {
    entry::enter();
    Err(Error {
        message: format!("no such {kind}: {name}"),
        row: None,
    })
}

/// Implements a resource of which there is none: `open` refuses, the rest is not reached.
macro_rules! none {
    ($($module:ident::$trait:ident $({
        open($($parameter:ty),*) -> $resource:ident, $kind:literal
    })? $(
        $method:ident($($argument:ty),*) -> $result:ty
    )*;)*) => {$(
        impl $module::$trait for NoFunction {
            $(fn open(name: String, $(_: $parameter),*) -> Result<$module::$resource, Error> {
                none($kind, &name)
            })?

            $(fn $method(&self, $(_: $argument),*) -> $result {
                match *self {}
            })*
        }
    )*};
}

none! {
    aggregate::GuestAccumulator { open(Schema, Options) -> Accumulator, "aggregate function" }
        state_schema() -> Schema
        result() -> Schema
        update(Batch, u64) -> Result<(), Error>
        retract(Batch, u64) -> Result<(), Error>
        merge(Batch, u64) -> Result<(), Error>
        convert(Batch) -> Result<Batch, Error>
        state(aggregate::Emit) -> Result<Batch, Error>
        evaluate(aggregate::Emit) -> Result<Batch, Error>;
    window::GuestWindowFunction { open(Schema, Options) -> WindowFunction, "window function" }
        result() -> Schema
        incremental() -> bool
        evaluate(Batch) -> Result<Batch, Error>
        push(Batch, bool) -> Result<Batch, Error>;
    table::GuestTableFunction { open(Schema, Batch, Options) -> TableFunction, "table function" }
        result() -> Schema
        next() -> Result<Option<Batch>, Error>;
    map_batches::GuestBatchMapper { open(Schema, Schema, Batch, Options) -> BatchMapper, "map over batches" }
        result() -> Schema
        push(Batch) -> Result<(), Error>
        finish() -> Result<(), Error>
        next() -> Result<Option<Batch>, Error>;
    grouped::GuestGroupMapper { open(Vec<Schema>, Vec<Vec<u32>>, Schema, Batch, Options) -> GroupMapper, "map over groups" }
        result() -> Schema
        push(Vec<grouped::Groups>) -> Result<(), Error>
        next() -> Result<Option<Batch>, Error>;
    reader::GuestTableReader { open(Vec<String>, Options) -> TableReader, "reader" }
        result() -> Schema
        exactness(Vec<reader::Filter>, Schema, Batch) -> Vec<reader::Exactness>
        plan(reader::Request) -> Result<Vec<reader::Split>, Error>
        read(reader::Split, reader::Request) -> Result<reader::SplitReader, Error>;
    reader::GuestSplitReader
        next() -> Result<Option<Batch>, Error>;
    writer::GuestTableWriter { open(String, Schema, String, Options) -> TableWriter, "writer" }
        partition(u32) -> Result<writer::PartitionWriter, Error>
        commit(Vec<Vec<u8>>) -> Result<(), Error>
        abort() -> Result<(), Error>;
    writer::GuestPartitionWriter
        write(Batch) -> Result<(), Error>
        finish() -> Result<Vec<u8>, Error>;
}

/// Makes [`NoFunction`] the resources of a kind, for every library.
macro_rules! no_functions {
    ($($module:ident: $($resource:ident),*;)*) => {$(
        impl<L: Library> $module::Guest for L {
            $(type $resource = NoFunction;)*
        }
    )*};
}

no_functions! {
    aggregate: Accumulator;
    window: WindowFunction;
    table: TableFunction;
    map_batches: BatchMapper;
    grouped: GroupMapper;
    reader: TableReader, SplitReader;
    writer: TableWriter, PartitionWriter;
}
