//! Calls of aggregates.

use super::Answer;
use crate::sandbox::{
    bindings::{Native, exports::arrowbox::udf::aggregate::GuestAccumulator},
    instance::{CallError, Handle, Instance},
    wire::{Batch, Emit, Field, Options},
};

fn accumulator(exports: &Native) -> GuestAccumulator<'_> {
    exports.arrowbox_udf_aggregate().accumulator()
}

impl Instance {
    /// Makes an accumulator without groups.
    pub fn open_aggregate(
        &mut self,
        name: &str,
        arguments: &Vec<Field>,
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(|exports, store| accumulator(exports).call_open(store, name, arguments, options))
            .map(|opened| opened.map(Handle))
    }

    /// The field of the result.
    pub fn aggregate_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| accumulator(exports).call_result(store, handle.0))
    }

    /// The fields of the state.
    pub fn aggregate_state_schema(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports, store| accumulator(exports).call_state_schema(store, handle.0))
    }

    /// Whether rows can be taken back.
    pub fn is_aggregate_retractable(&mut self, handle: Handle) -> Result<bool, CallError> {
        self.enter(|exports, store| accumulator(exports).call_retractable(store, handle.0))
    }

    /// Adds rows to `groups` groups.
    pub fn update_aggregate(&mut self, handle: Handle, rows: &Batch, groups: u64) -> Answer<()> {
        self.enter(|exports, store| accumulator(exports).call_update(store, handle.0, rows, groups))
    }

    /// Takes rows back.
    pub fn retract_aggregate(&mut self, handle: Handle, rows: &Batch, groups: u64) -> Answer<()> {
        self.enter(|exports, store| {
            accumulator(exports).call_retract(store, handle.0, rows, groups)
        })
    }

    /// Adds states to `groups` groups.
    pub fn merge_aggregate(&mut self, handle: Handle, states: &Batch, groups: u64) -> Answer<()> {
        self.enter(|exports, store| {
            accumulator(exports).call_merge(store, handle.0, states, groups)
        })
    }

    /// The state of each row by itself.
    pub fn convert_aggregate(&mut self, handle: Handle, arguments: &Batch) -> Answer<Batch> {
        self.enter(|exports, store| accumulator(exports).call_convert(store, handle.0, arguments))
    }

    /// The states of groups, which are forgotten.
    pub fn aggregate_state(&mut self, handle: Handle, emit: Emit) -> Answer<Batch> {
        self.enter(|exports, store| accumulator(exports).call_state(store, handle.0, emit))
    }

    /// The results of groups, which are forgotten.
    pub fn evaluate_aggregate(&mut self, handle: Handle, emit: Emit) -> Answer<Batch> {
        self.enter(|exports, store| accumulator(exports).call_evaluate(store, handle.0, emit))
    }

    /// The results of all groups, which go on.
    pub fn peek_aggregate(&mut self, handle: Handle) -> Answer<Batch> {
        self.enter(|exports, store| accumulator(exports).call_peek(store, handle.0))
    }
}
