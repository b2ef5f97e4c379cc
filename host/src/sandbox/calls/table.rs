//! Calls of table functions.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::table::GuestTableFunction},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Field, Options},
};

fn table(exports: &Native) -> GuestTableFunction<'_> {
    exports.arrowbox_udf_table().table_function()
}

impl Instance {
    /// Makes a function ready for arguments of certain types.
    pub fn open_table(
        &mut self,
        name: &str,
        arguments: &Vec<Field>,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| table(exports).call_open(store, name, arguments, options))
            .map(|opened| opened.map(Handle))
    }

    /// The columns.
    pub fn table_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| table(exports).call_result(store, handle.0))
    }

    /// Hands over rows of arguments.
    pub fn push_table(&mut self, handle: Handle, arguments: &Batch) -> Answer<()> {
        self.enter(|exports, store| table(exports).call_push(store, handle.0, arguments))
    }

    /// The next rows.
    pub fn next_table(&mut self, handle: Handle) -> Answer<Option<Batch>> {
        self.enter(|exports, store| table(exports).call_next(store, handle.0))
    }
}
