//! Aggregates. A proper one is zero for every group.

use std::cell::Cell;

use super::{Rogue, error, find, misbehave, numbers, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::aggregate::{
    Accumulator, Batch, Emit, Error, Guest, GuestAccumulator, Options, Schema,
};
use crate::misdeed::{INT64, schema};

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::Aggregate, INT64, INT64)
}

pub(super) const ROGUES: &[Rogue] = &[
    rogue("aggregate__proper"),
    Rogue::new("aggregate__without_arguments", Kind::Aggregate, &[], INT64),
    rogue("aggregate__open_refuses"),
    rogue("aggregate__open_traps"),
    rogue("aggregate__result_differs"),
    rogue("aggregate__result_of_none"),
    rogue("aggregate__result_of_two"),
    rogue("aggregate__result_of_nonsense"),
    rogue("aggregate__result_traps"),
    rogue("aggregate__schema_of_none"),
    rogue("aggregate__schema_of_nonsense"),
    rogue("aggregate__schema_traps"),
    rogue("aggregate__update_refuses"),
    rogue("aggregate__update_traps"),
    rogue("aggregate__update_spins"),
    rogue("aggregate__update_hoards"),
    rogue("aggregate__merge_refuses"),
    rogue("aggregate__merge_traps"),
    rogue("aggregate__retract_refuses"),
    rogue("aggregate__retract_traps"),
    rogue("aggregate__state_refuses"),
    rogue("aggregate__state_traps"),
    rogue("aggregate__state_one_more"),
    rogue("aggregate__state_one_less"),
    rogue("aggregate__state_of_text"),
    rogue("aggregate__state_of_two_columns"),
    rogue("aggregate__state_of_no_columns"),
    rogue("aggregate__state_of_short_bytes"),
    rogue("aggregate__state_of_endless_rows"),
    rogue("aggregate__evaluate_refuses"),
    rogue("aggregate__evaluate_traps"),
    rogue("aggregate__evaluate_one_more"),
    rogue("aggregate__evaluate_one_less"),
    rogue("aggregate__evaluate_none"),
    rogue("aggregate__evaluate_of_text"),
    rogue("aggregate__evaluate_of_two_columns"),
    rogue("aggregate__evaluate_of_endless_rows"),
    rogue("aggregate__peek_refuses"),
    rogue("aggregate__peek_traps"),
    rogue("aggregate__peek_one_more"),
    rogue("aggregate__peek_none"),
    rogue("aggregate__convert_refuses"),
    rogue("aggregate__convert_traps"),
    rogue("aggregate__convert_one_more"),
    rogue("aggregate__convert_of_text"),
];

impl Guest for Hostile {
    type Accumulator = Open;
}

/// One of the functions, open.
pub(crate) struct Open {
    name: &'static str,
    groups: Cell<u64>,
}

impl Open {
    fn leave(&self, emit: Emit) -> u64 {
        let groups = self.groups.get();
        let leaving = match emit {
            Emit::All => groups,
            Emit::First(first) => first.min(groups),
        };
        self.groups.set(groups - leaving);
        leaving
    }
}

impl GuestAccumulator for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<Accumulator, Error> {
        let Rogue { name, .. } = find(&name, Kind::Aggregate)?;
        misbehave(name, "open")?;
        let groups = Cell::new(0);
        Ok(Accumulator::new(Self { name, groups }))
    }

    fn result(&self) -> Schema {
        opened(self.name, INT64)
    }

    fn state_schema(&self) -> Schema {
        match self.name {
            "aggregate__schema_of_none" => Vec::new(),
            "aggregate__schema_of_nonsense" => {
                let mut fields = schema(INT64);
                fields[0].format = "nonsense".to_owned();
                fields
            }
            "aggregate__schema_traps" => crate::place::trap(),
            _ => schema(INT64),
        }
    }

    fn retractable(&self) -> bool {
        true
    }

    fn update(&self, _: Batch, groups: u64) -> Result<(), Error> {
        self.groups.set(groups);
        misbehave(self.name, "update")
    }

    fn retract(&self, _: Batch, groups: u64) -> Result<(), Error> {
        self.groups.set(groups);
        misbehave(self.name, "retract")
    }

    fn merge(&self, _: Batch, groups: u64) -> Result<(), Error> {
        self.groups.set(groups);
        misbehave(self.name, "merge")
    }

    fn convert(&self, arguments: Batch) -> Result<Batch, Error> {
        misbehave(self.name, "convert")?;
        Ok(numbers(self.name, "convert", arguments.rows))
    }

    fn state(&self, emit: Emit) -> Result<Batch, Error> {
        misbehave(self.name, "state")?;
        let groups = self.leave(emit);
        Ok(match self.name {
            "aggregate__schema_of_none" => {
                numbers("aggregate__state_of_no_columns", "state", groups)
            }
            name => numbers(name, "state", groups),
        })
    }

    fn evaluate(&self, emit: Emit) -> Result<Batch, Error> {
        misbehave(self.name, "evaluate")?;
        Ok(numbers(self.name, "evaluate", self.leave(emit)))
    }

    fn peek(&self) -> Result<Batch, Error> {
        misbehave(self.name, "peek")?;
        if self.groups.get() == 0 {
            return Err(error("there is no group to look at"));
        }
        Ok(numbers(self.name, "peek", self.groups.get()))
    }
}
