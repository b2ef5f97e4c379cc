//! Readers. A proper one has one column of numbers, and a thousand zeroes for each file.

use std::cell::Cell;

use super::{Rogue, deed, error, find, misbehave, numbers, opened};
use crate::Hostile;
use crate::bindings::arrowbox::udf::arrow::Span;
use crate::bindings::arrowbox::udf::files;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::reader::{
    Batch, Error, Exactness, Filters, Guest, GuestSplitReader, GuestTableReader, Options, Range,
    Request, Schema, Split, SplitReader, TableReader,
};
use crate::misdeed::INT64;
use crate::place::{memory_size, zeroes};

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::Reader, &[], &[])
}

pub(super) const ROGUES: &[Rogue] = &[
    rogue("reader__proper"),
    rogue("reader__open_refuses"),
    rogue("reader__open_traps"),
    rogue("reader__open_spins"),
    rogue("reader__result_by_chance"),
    rogue("reader__result_of_nonsense"),
    rogue("reader__result_traps"),
    rogue("reader__exactness_refuses"),
    rogue("reader__exactness_traps"),
    rogue("reader__exactness_of_too_few"),
    rogue("reader__exactness_of_too_many"),
    rogue("reader__plan_refuses"),
    rogue("reader__plan_traps"),
    rogue("reader__plan_spins"),
    rogue("reader__plan_hoards"),
    rogue("reader__plan_of_none"),
    rogue("reader__plan_of_a_million"),
    rogue("reader__plan_of_too_many"),
    rogue("reader__plan_of_one_twice"),
    rogue("reader__plan_of_overlapping"),
    rogue("reader__plan_of_other_files"),
    rogue("reader__plan_of_ranges_outside"),
    rogue("reader__plan_of_endless_ranges"),
    rogue("reader__plan_of_huge_tokens"),
    rogue("reader__read_refuses"),
    rogue("reader__read_traps"),
    rogue("reader__next_refuses"),
    rogue("reader__next_traps"),
    rogue("reader__next_spins"),
    rogue("reader__next_hoards"),
    rogue("reader__next_of_text"),
    rogue("reader__next_of_two_columns"),
    rogue("reader__next_of_endless_rows"),
    rogue("reader__next_fails_in_the_middle"),
    rogue("reader__next_gives_endless_empty_batches"),
    rogue("reader__next_gives_endless_rows"),
    rogue("reader__files_beside"),
    rogue("reader__files_above"),
    rogue("reader__files_absolute"),
    rogue("reader__files_into_nowhere"),
    rogue("reader__files_past_the_end"),
];

impl Guest for Hostile {
    type TableReader = Open;
    type SplitReader = Reading;
}

/// One of the functions, open.
pub(crate) struct Open(&'static str);

impl GuestTableReader for Open {
    fn open(name: String, _: Options) -> Result<TableReader, Error> {
        let Rogue { name, .. } = find(&name, Kind::Reader)?;
        misbehave(name, "open")?;
        Ok(TableReader::new(Self(name)))
    }

    fn result(&self) -> Schema {
        opened(self.0, INT64)
    }

    fn exactness(&self, filters: Filters) -> Result<Vec<Exactness>, Error> {
        misbehave(self.0, "exactness")?;
        let count = match deed(self.0, "exactness") {
            Some("of_too_few") => filters.filters.len() - 1,
            Some("of_too_many") => filters.filters.len() + 1,
            _ => filters.filters.len(),
        };
        Ok(vec![Exactness::Unsupported; count])
    }

    fn plan(&self, _: Request) -> Result<Vec<Split>, Error> {
        misbehave(self.0, "plan")?;
        let entries = files::entries().map_err(|message| error(&message))?;
        let whole = entries
            .iter()
            .map(|entry| split(&entry.path, 0, entry.size));
        let mut splits: Vec<Split> = whole.collect();
        let first = entries.first().map_or("", |entry| &entry.path);
        let size = entries.first().map_or(0, |entry| entry.size);
        match deed(self.0, "plan") {
            Some("of_none") => splits.clear(),
            Some("of_a_million") => {
                splits = (0..1 << 20).map(|offset| split(first, offset, 1)).collect();
            }
            Some("of_too_many") => {
                splits = (0..70_000).map(|offset| split(first, offset, 1)).collect();
            }
            Some("of_one_twice") => splits.push(split(first, 0, size)),
            Some("of_overlapping") => {
                splits = vec![split(first, 0, size), split(first, size / 2, size / 2)];
            }
            Some("of_other_files") => splits = vec![split("../secret.txt", 0, 10)],
            Some("of_ranges_outside") => splits = vec![split(first, size + 1, 10)],
            Some("of_endless_ranges") => splits = vec![split(first, 1, u64::MAX)],
            Some("of_huge_tokens") => {
                for split in &mut splits {
                    split.token = vec![7; 32 << 20];
                }
            }
            _ => {}
        }
        Ok(splits)
    }

    fn read(&self, split: Split, _: Request) -> Result<SplitReader, Error> {
        misbehave(self.0, "read")?;
        let path = split.range.map_or_else(String::new, |range| range.path);
        let read = |path: &str| files::read(path, 0, 1 << 20).map(drop);
        let tried = match deed(self.0, "files") {
            Some("beside") => read(&format!("{path}.other")),
            Some("above") => read("../secret.txt"),
            Some("absolute") => read("/etc/hostname"),
            Some("into_nowhere") => {
                let into = Span {
                    address: memory_size() as u32 - 4,
                    length: 4096,
                };
                files::read_into(&path, 0, into).map(drop)
            }
            Some("past_the_end") => match files::read(&path, u64::MAX, u32::MAX) {
                Ok(bytes) if bytes.is_empty() => Ok(()),
                Ok(bytes) => Err(format!("{} bytes behind the end", bytes.len())),
                Err(message) => Err(message),
            },
            _ => Ok(()),
        };
        tried.map_err(|message| error(&message))?;
        Ok(SplitReader::new(Reading {
            name: self.0,
            given: Cell::new(0),
        }))
    }
}

fn split(path: &str, offset: u64, length: u64) -> Split {
    Split {
        token: Vec::new(),
        range: Some(Range {
            path: path.to_owned(),
            offset,
            length,
        }),
        rows: None,
    }
}

/// A split while it is read.
pub(crate) struct Reading {
    name: &'static str,
    /// Batches that were given.
    given: Cell<u64>,
}

impl GuestSplitReader for Reading {
    fn next(&self) -> Result<Option<Batch>, Error> {
        misbehave(self.name, "next")?;
        let given = self.given.replace(self.given.get() + 1);
        match deed(self.name, "next") {
            Some("gives_endless_empty_batches") => return Ok(Some(zeroes(0))),
            Some("gives_endless_rows") => return Ok(Some(zeroes(1000))),
            Some("fails_in_the_middle") if given == 3 => {
                return Err(error("the guest fails in the middle"));
            }
            Some("fails_in_the_middle") => return Ok(Some(zeroes(10))),
            _ => {}
        }
        Ok((given == 0).then(|| numbers(self.name, "next", 1000)))
    }
}
