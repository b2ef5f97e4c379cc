//! Calls of aggregates.

use super::Answer;
use crate::sandbox::{
    instance::{CallError, Handle, Instance},
    wire::{Batch, Emit, Field, Options},
};

impl Instance {
    /// Makes an accumulator without groups.
    pub fn open_aggregate(
        &mut self,
        name: &str,
        arguments: &[Field],
        options: &Options,
    ) -> Answer<Handle> {
        self.enter(
            |exports| &exports.aggregate.open,
            (name.to_owned(), arguments.to_vec(), options.clone()),
        )
        .map(|opened| opened.map(Handle))
    }

    /// The field of the result.
    pub fn aggregate_result(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.aggregate.result, (handle.0,))
    }

    /// The fields of the state.
    pub fn aggregate_state_schema(&mut self, handle: Handle) -> Result<Vec<Field>, CallError> {
        self.enter(|exports| &exports.aggregate.state_schema, (handle.0,))
    }

    /// Whether rows can be taken back.
    pub fn is_aggregate_retractable(&mut self, handle: Handle) -> Result<bool, CallError> {
        self.enter(|exports| &exports.aggregate.retractable, (handle.0,))
    }

    /// Adds rows to `groups` groups.
    pub fn update_aggregate(&mut self, handle: Handle, rows: Batch, groups: u64) -> Answer<()> {
        self.enter(
            |exports| &exports.aggregate.update,
            (handle.0, rows, groups),
        )
    }

    /// Takes rows back.
    pub fn retract_aggregate(&mut self, handle: Handle, rows: Batch, groups: u64) -> Answer<()> {
        self.enter(
            |exports| &exports.aggregate.retract,
            (handle.0, rows, groups),
        )
    }

    /// Adds states to `groups` groups.
    pub fn merge_aggregate(&mut self, handle: Handle, states: Batch, groups: u64) -> Answer<()> {
        self.enter(
            |exports| &exports.aggregate.merge,
            (handle.0, states, groups),
        )
    }

    /// The state of each row by itself.
    pub fn convert_aggregate(&mut self, handle: Handle, arguments: Batch) -> Answer<Batch> {
        self.enter(|exports| &exports.aggregate.convert, (handle.0, arguments))
    }

    /// The states of groups, which are forgotten.
    pub fn aggregate_state(&mut self, handle: Handle, emit: Emit) -> Answer<Batch> {
        self.enter(|exports| &exports.aggregate.state, (handle.0, emit))
    }

    /// The results of groups, which are forgotten.
    pub fn evaluate_aggregate(&mut self, handle: Handle, emit: Emit) -> Answer<Batch> {
        self.enter(|exports| &exports.aggregate.evaluate, (handle.0, emit))
    }

    /// The results of all groups, which go on.
    pub fn peek_aggregate(&mut self, handle: Handle) -> Answer<Batch> {
        self.enter(|exports| &exports.aggregate.peek, (handle.0,))
    }
}
