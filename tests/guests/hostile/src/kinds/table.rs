//! Table functions. A proper one gives one row for each row of its argument.

use super::{Giving, Rogue, deed, find, misbehave, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::arrow::Buffer;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::table::{
    Batch, Error, Guest, GuestTableFunction, Options, Schema, TableFunction,
};
use crate::misdeed::{INT64, Part};
use crate::place::{batch, buffer, node, nothing, zeroes};

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::Table, INT64, INT64)
}

/// What only `open` says the columns of.
const UNKNOWN: &[Part] = &[];

pub(super) const ROGUES: &[Rogue] = &[
    rogue("table__proper"),
    rogue("table__open_refuses"),
    rogue("table__open_traps"),
    rogue("table__result_differs"),
    rogue("table__result_of_two"),
    rogue("table__result_traps"),
    Rogue::new("table__result_by_chance", Kind::Table, INT64, UNKNOWN),
    Rogue::new("table__result_of_nonsense", Kind::Table, INT64, UNKNOWN),
    rogue("table__push_refuses"),
    rogue("table__push_traps"),
    rogue("table__push_hoards"),
    rogue("table__next_refuses"),
    rogue("table__next_traps"),
    rogue("table__next_spins"),
    rogue("table__next_fails_in_the_middle"),
    rogue("table__next_gives_endless_empty_batches"),
    rogue("table__next_gives_endless_rows"),
    rogue("table__next_gives_empty_batches_first"),
    rogue("table__next_gives_too_many_rows"),
    rogue("table__next_gives_no_parents"),
    rogue("table__next_gives_other_columns"),
    rogue("table__parents_go_down"),
    rogue("table__parents_go_down_later"),
    rogue("table__parents_are_beyond"),
    rogue("table__parents_are_null"),
];

impl Guest for Hostile {
    type TableFunction = Open;
}

/// One of the functions, open.
pub(crate) struct Open {
    giving: Giving,
    /// Rows of arguments.
    arguments: std::cell::Cell<u64>,
    /// Batches that were given.
    batches: std::cell::Cell<u64>,
}

impl GuestTableFunction for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<TableFunction, Error> {
        let Rogue { name, .. } = find(&name, Kind::Table)?;
        misbehave(name, "open")?;
        Ok(TableFunction::new(Self {
            giving: Giving::new(name),
            arguments: Default::default(),
            batches: Default::default(),
        }))
    }

    fn result(&self) -> Schema {
        opened(self.giving.name, INT64)
    }

    fn push(&self, arguments: Batch) -> Result<(), Error> {
        misbehave(self.giving.name, "push")?;
        self.arguments.set(arguments.rows);
        self.batches.set(0);
        self.giving.came(arguments.rows);
        Ok(())
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        let arguments = self.arguments.get() as u32;
        match deed(self.giving.name, "parents") {
            // One row for the last row of the arguments, then one for the first.
            Some("go_down_later") => {
                let batches = self.batches.replace(self.batches.get() + 1);
                return Ok(match batches {
                    0 => Some(rows(&[arguments - 1])),
                    1 => Some(rows(&[0])),
                    _ => None,
                });
            }
            Some("go_down") => return Ok(Some(rows(&[arguments - 1, 0]))),
            Some("are_beyond") => return Ok(Some(rows(&[0, arguments]))),
            Some("are_null") => {
                let mut null = rows(&[0, 0]);
                null.nodes[0].null_count = 1;
                null.buffers[0] = buffer(vec![0b01_u8; 8]);
                return Ok(Some(null));
            }
            _ => {}
        }
        match deed(self.giving.name, "next") {
            Some("gives_no_parents") => return Ok(Some(zeroes(1))),
            Some("gives_other_columns") => {
                let mut more = rows(&[0]);
                more.nodes.push(node(1));
                more.buffers.extend([nothing(), buffer(vec![0_i64])]);
                return Ok(Some(more));
            }
            _ => {}
        }
        self.giving.next(|count| {
            if count == u64::from(arguments) {
                let parents: Vec<u32> = (0..arguments).collect();
                return rows(&parents);
            }
            // All of the first row, from a place where zeroes are that never run out.
            let mut zeroes = zeroes(count);
            zeroes.nodes.push(node(count));
            let values = zeroes.buffers.clone();
            zeroes.buffers.extend(values);
            if let Buffer::Span(parents) = &mut zeroes.buffers[1] {
                parents.length /= 2;
            }
            zeroes
        })
    }
}

/// A zero for each of these rows of the arguments.
fn rows(parents: &[u32]) -> Batch {
    let rows = parents.len() as u64;
    let buffers = vec![
        nothing(),
        buffer(parents.to_vec()),
        nothing(),
        buffer(vec![0_i64; parents.len()]),
    ];
    batch(rows, vec![node(rows); 2], buffers)
}
