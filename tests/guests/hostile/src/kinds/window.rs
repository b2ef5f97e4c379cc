//! Window functions. A proper one is zero for every row.

use super::{Rogue, find, misbehave, numbers, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::window::{
    Batch, Error, Guest, GuestWindowFunction, Options, Schema, WindowFunction,
};
use crate::misdeed::INT64;

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::Window, INT64, INT64)
}

pub(super) const ROGUES: &[Rogue] = &[
    rogue("window__proper"),
    Rogue::new("window__without_arguments", Kind::Window, &[], INT64),
    rogue("window__open_refuses"),
    rogue("window__open_traps"),
    rogue("window__result_differs"),
    rogue("window__result_of_none"),
    rogue("window__result_of_two"),
    rogue("window__result_traps"),
    rogue("window__evaluate_refuses"),
    rogue("window__evaluate_traps"),
    rogue("window__evaluate_spins"),
    rogue("window__evaluate_hoards"),
    rogue("window__evaluate_one_more"),
    rogue("window__evaluate_one_less"),
    rogue("window__evaluate_none"),
    rogue("window__evaluate_of_text"),
    rogue("window__evaluate_of_endless_rows"),
    rogue("window__push_refuses"),
    rogue("window__push_traps"),
    rogue("window__push_one_more"),
    rogue("window__push_one_less"),
    rogue("window__push_none"),
];

impl Guest for Hostile {
    type WindowFunction = Open;
}

/// One of the functions, open.
pub(crate) struct Open(&'static str);

impl GuestWindowFunction for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<WindowFunction, Error> {
        let Rogue { name, .. } = find(&name, Kind::Window)?;
        misbehave(name, "open")?;
        Ok(WindowFunction::new(Self(name)))
    }

    fn result(&self) -> Schema {
        opened(self.0, INT64)
    }

    fn incremental(&self) -> bool {
        self.0.starts_with("window__push")
    }

    fn evaluate(&self, partition: Batch) -> Result<Batch, Error> {
        misbehave(self.0, "evaluate")?;
        Ok(numbers(self.0, "evaluate", partition.rows))
    }

    fn push(&self, rows: Batch, _: bool) -> Result<Batch, Error> {
        misbehave(self.0, "push")?;
        Ok(numbers(self.0, "push", rows.rows))
    }
}
