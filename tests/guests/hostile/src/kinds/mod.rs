//! Functions of the kinds that take or give tables, and how each of them misbehaves.
//!
//! One file for each kind: the list of its functions, and what they do. A function does what its name says
//! in the call that its name says, and is proper in all others.

mod aggregate;
mod grouped;
mod map_batches;
mod reader;
mod table;
mod window;
mod writer;

use std::cell::Cell;

use crate::bindings::arrowbox::udf::arrow::{Batch, Field};
use crate::bindings::arrowbox::udf::random;
use crate::bindings::arrowbox::udf::types::{
    Error, Function, Kind, NullHandling, Signature, Volatility,
};
use crate::faults::spin;
use crate::misdeed::{INT64, Part, UTF8, schema};
use crate::place::{batch, buffer, node, nothing, trap, zeroes};

/// A function of one of these kinds.
pub(crate) struct Rogue {
    pub(crate) name: &'static str,
    kind: Kind,
    arguments: &'static [Part],
    /// Nothing if `open` says it.
    result: &'static [Part],
}

impl Rogue {
    const fn new(
        name: &'static str,
        kind: Kind,
        arguments: &'static [Part],
        result: &'static [Part],
    ) -> Self {
        Self {
            name,
            kind,
            arguments,
            result,
        }
    }

    pub(crate) fn described(&self) -> Function {
        let by_chance = self.name.ends_with("by_chance");
        Function {
            name: self.name.to_owned(),
            kind: self.kind,
            signatures: vec![Signature {
                arguments: schema(self.arguments),
                variadic: false,
                result: schema(self.result),
            }],
            volatility: Volatility::Immutable,
            nulls: NullHandling::Called,
            grants: by_chance.then(|| "random".to_owned()).into_iter().collect(),
            columns: false,
            documentation: String::new(),
        }
    }
}

/// Every function of these kinds.
pub(crate) fn all() -> impl Iterator<Item = &'static Rogue> {
    [
        aggregate::ROGUES,
        window::ROGUES,
        table::ROGUES,
        map_batches::ROGUES,
        grouped::ROGUES,
        reader::ROGUES,
        writer::ROGUES,
    ]
    .into_iter()
    .flatten()
}

/// The function of a name and a kind, or what a component says that has none.
fn find(name: &str, kind: Kind) -> Result<&'static Rogue, Error> {
    let mut rogues = all().filter(|rogue| rogue.kind == kind);
    rogues
        .find(|rogue| rogue.name == name)
        .ok_or_else(|| error(&format!("no function {name:?}")))
}

fn error(message: &str) -> Error {
    Error {
        message: message.to_owned(),
        row: None,
    }
}

/// What a name says of a call: `update_traps` traps in `update`.
///
/// # Errors
///
/// If it refuses.
fn misbehave(name: &str, call: &str) -> Result<(), Error> {
    let Some(deed) = deed(name, call) else {
        return Ok(());
    };
    match deed {
        "refuses" => Err(error(&format!("the guest refuses to {call}"))),
        "traps" => trap(),
        "spins" => spin(),
        "hoards" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        _ => Ok(()),
    }
}

/// What happens in a call, if it is the one that the name is about: the words between the call and the end.
fn deed<'n>(name: &'n str, call: &str) -> Option<&'n str> {
    let (_, rest) = name.split_once("__")?;
    rest.strip_prefix(call)?.strip_prefix('_')
}

/// The columns that a function opens with: those that it describes, unless its name says otherwise.
fn opened(name: &str, described: &[Part]) -> Vec<Field> {
    match deed(name, "result") {
        Some("differs") => schema(UTF8),
        Some("of_none") => Vec::new(),
        Some("of_two") => {
            let mut two = [schema(INT64), schema(INT64)].concat();
            two[1].name = "second".to_owned();
            two
        }
        Some("of_nonsense") => {
            let mut fields = schema(INT64);
            fields[0].format = "nonsense".to_owned();
            fields
        }
        Some("traps") => trap(),
        Some("spins") => spin(),
        Some("by_chance") => {
            let mut fields = schema(INT64);
            fields[0].name = random::bytes(16)
                .into_iter()
                .map(|byte| char::from(b'a' + byte % 26))
                .collect();
            fields
        }
        _ => schema(described),
    }
}

/// A result of numbers, of so many rows, unless the name says otherwise of this call.
fn numbers(name: &str, call: &str, rows: u64) -> Batch {
    match deed(name, call) {
        Some("one_more") => zeroes(rows + 1),
        Some("one_less") => zeroes(rows.saturating_sub(1)),
        Some("none") => zeroes(0),
        Some("of_text") => {
            let offsets = buffer((0..=rows as i32).collect());
            let letters = buffer(vec![b'a'; rows as usize]);
            batch(rows, vec![node(rows)], vec![nothing(), offsets, letters])
        }
        Some("of_two_columns") => {
            let values = || buffer(vec![0_i64; rows as usize]);
            let buffers = vec![nothing(), values(), nothing(), values()];
            batch(rows, vec![node(rows); 2], buffers)
        }
        Some("of_no_columns") => batch(rows, Vec::new(), Vec::new()),
        Some("of_short_bytes") => {
            let values = buffer(vec![0_i64; rows as usize / 2]);
            batch(rows, vec![node(rows)], vec![nothing(), values])
        }
        Some("of_endless_rows") => batch(
            1 << 60,
            vec![node(1 << 60)],
            vec![nothing(), buffer(vec![0_i64; 8])],
        ),
        _ => zeroes(rows),
    }
}

/// What a function gives that was given something: a batch for each, or what its name says of `next`.
struct Giving {
    name: &'static str,
    /// Rows that are still to be given.
    rows: Cell<u64>,
    /// Batches that were given since the last rows came.
    given: Cell<u64>,
}

impl Giving {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            rows: Cell::new(0),
            given: Cell::new(0),
        }
    }

    /// So many rows came.
    fn came(&self, rows: u64) {
        self.rows.set(self.rows.get() + rows);
        self.given.set(0);
    }

    /// The next rows, made by `make` of how many there are to be.
    fn next(&self, make: impl Fn(u64) -> Batch) -> Result<Option<Batch>, Error> {
        misbehave(self.name, "next")?;
        let given = self.given.replace(self.given.get() + 1);
        let rows = self.rows.take();
        match deed(self.name, "next") {
            Some("gives_endless_empty_batches") => return Ok(Some(make(0))),
            Some("gives_endless_rows") => return Ok(Some(make(1000))),
            Some("gives_empty_batches_first") if given < 1000 => {
                self.rows.set(rows);
                return Ok(Some(make(0)));
            }
            Some("fails_in_the_middle") if given == 3 => {
                return Err(error("the guest fails in the middle"));
            }
            Some("fails_in_the_middle") => return Ok(Some(make(10))),
            Some("gives_too_many_rows") => return Ok(Some(make((1 << 20) + 1))),
            _ => {}
        }
        Ok((rows > 0).then(|| make(rows)))
    }
}
