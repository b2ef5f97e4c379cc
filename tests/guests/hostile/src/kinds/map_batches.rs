//! Batch maps. A proper one gives a zero for every row.

use super::{Giving, Rogue, deed, find, misbehave, numbers, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::map_batches::{
    Batch, BatchMapper, Error, Guest, GuestBatchMapper, Options, Schema,
};
use crate::misdeed::INT64;

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::MapBatches, &[], &[])
}

pub(super) const ROGUES: &[Rogue] = &[
    rogue("map__proper"),
    rogue("map__open_refuses"),
    rogue("map__open_traps"),
    rogue("map__result_by_chance"),
    rogue("map__result_of_none"),
    rogue("map__result_of_nonsense"),
    rogue("map__result_traps"),
    rogue("map__push_refuses"),
    rogue("map__push_traps"),
    rogue("map__push_hoards"),
    rogue("map__finish_refuses"),
    rogue("map__finish_traps"),
    rogue("map__finish_gives_endless_rows"),
    rogue("map__next_refuses"),
    rogue("map__next_traps"),
    rogue("map__next_spins"),
    rogue("map__next_of_text"),
    rogue("map__next_of_two_columns"),
    rogue("map__next_of_no_columns"),
    rogue("map__next_of_endless_rows"),
    rogue("map__next_fails_in_the_middle"),
    rogue("map__next_gives_too_many_rows"),
    rogue("map__next_gives_endless_empty_batches"),
    rogue("map__next_gives_empty_batches_first"),
];

impl Guest for Hostile {
    type BatchMapper = Open;
}

/// One of the functions, open.
pub(crate) struct Open {
    giving: Giving,
    finished: std::cell::Cell<bool>,
}

impl GuestBatchMapper for Open {
    fn open(
        name: String,
        _: Schema,
        _: Schema,
        _: Batch,
        _: Options,
    ) -> Result<BatchMapper, Error> {
        let Rogue { name, .. } = find(&name, Kind::MapBatches)?;
        misbehave(name, "open")?;
        Ok(BatchMapper::new(Self {
            giving: Giving::new(name),
            finished: Default::default(),
        }))
    }

    fn result(&self) -> Schema {
        opened(self.giving.name, INT64)
    }

    fn push(&self, rows: Batch) -> Result<(), Error> {
        misbehave(self.giving.name, "push")?;
        self.giving.came(rows.rows);
        Ok(())
    }

    fn finish(&self) -> Result<(), Error> {
        misbehave(self.giving.name, "finish")?;
        self.finished.set(true);
        Ok(())
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        let name = self.giving.name;
        if self.finished.get() && deed(name, "finish") == Some("gives_endless_rows") {
            return Ok(Some(numbers(name, "next", 1000)));
        }
        self.giving.next(|rows| numbers(name, "next", rows))
    }
}
