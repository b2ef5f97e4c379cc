//! Grouped and cogrouped maps. A proper one gives a zero for every group that begins.

use super::{Giving, Rogue, find, misbehave, numbers, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::grouped::{
    Batch, Error, GroupMapper, Groups, Guest, GuestGroupMapper, Options, Schema,
};
use crate::misdeed::INT64;

const fn grouped(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::GroupedMap, &[], &[])
}

const fn cogrouped(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::CogroupedMap, &[], &[])
}

pub(super) const ROGUES: &[Rogue] = &[
    grouped("grouped__proper"),
    grouped("grouped__open_refuses"),
    grouped("grouped__open_traps"),
    grouped("grouped__result_by_chance"),
    grouped("grouped__result_of_nonsense"),
    grouped("grouped__result_traps"),
    grouped("grouped__push_refuses"),
    grouped("grouped__push_traps"),
    grouped("grouped__push_hoards"),
    grouped("grouped__next_refuses"),
    grouped("grouped__next_traps"),
    grouped("grouped__next_spins"),
    grouped("grouped__next_of_text"),
    grouped("grouped__next_of_two_columns"),
    grouped("grouped__next_of_endless_rows"),
    grouped("grouped__next_fails_in_the_middle"),
    grouped("grouped__next_gives_too_many_rows"),
    grouped("grouped__next_gives_endless_empty_batches"),
    cogrouped("cogrouped__proper"),
    cogrouped("cogrouped__open_refuses"),
    cogrouped("cogrouped__push_traps"),
    cogrouped("cogrouped__next_of_two_columns"),
    cogrouped("cogrouped__next_gives_endless_empty_batches"),
];

impl Guest for Hostile {
    type GroupMapper = Open;
}

/// One of the functions, open.
pub(crate) struct Open {
    giving: Giving,
    /// Whether the last group goes on.
    continued: std::cell::Cell<bool>,
}

impl GuestGroupMapper for Open {
    fn open(
        name: String,
        inputs: Vec<Schema>,
        _: Vec<Vec<u32>>,
        _: Schema,
        _: Batch,
        _: Options,
    ) -> Result<GroupMapper, Error> {
        let kind = match inputs.len() {
            1 => Kind::GroupedMap,
            _ => Kind::CogroupedMap,
        };
        let Rogue { name, .. } = find(&name, kind)?;
        misbehave(name, "open")?;
        Ok(GroupMapper::new(Self {
            giving: Giving::new(name),
            continued: Default::default(),
        }))
    }

    fn result(&self) -> Schema {
        opened(self.giving.name, INT64)
    }

    fn push(&self, inputs: Vec<Groups>, continued: bool) -> Result<(), Error> {
        misbehave(self.giving.name, "push")?;
        let groups = inputs[0].offsets.len() as u64 - 1;
        let goes_on = u64::from(self.continued.replace(continued));
        self.giving.came(groups.saturating_sub(goes_on));
        Ok(())
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        let name = self.giving.name;
        self.giving.next(|rows| numbers(name, "next", rows))
    }
}
