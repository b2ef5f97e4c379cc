//! Writers. A proper one makes a file `part-<number>` for each partition with a byte for each row, and at the
//! end a file `manifest`.

use std::cell::{Cell, RefCell};

use super::{Rogue, deed, error, find, misbehave};
use crate::Hostile;
use crate::bindings::arrowbox::udf::arrow::{Buffer, Span};
use crate::bindings::arrowbox::udf::sink::File;
use crate::bindings::arrowbox::udf::types::Kind;
use crate::bindings::exports::arrowbox::udf::writer::{
    Batch, Error, Guest, GuestPartitionWriter, GuestTableWriter, Options, PartitionWriter, Schema,
    TableWriter,
};
use crate::place::memory_size;

const fn rogue(name: &'static str) -> Rogue {
    Rogue::new(name, Kind::Writer, &[], &[])
}

pub(super) const ROGUES: &[Rogue] = &[
    rogue("writer__proper"),
    rogue("writer__open_refuses"),
    rogue("writer__open_traps"),
    rogue("writer__partition_refuses"),
    rogue("writer__partition_traps"),
    rogue("writer__write_refuses"),
    rogue("writer__write_traps"),
    rogue("writer__write_spins"),
    rogue("writer__write_hoards"),
    rogue("writer__write_refuses_later"),
    rogue("writer__write_from_nowhere"),
    rogue("writer__finish_refuses"),
    rogue("writer__finish_traps"),
    rogue("writer__finish_of_nothing"),
    rogue("writer__finish_says_too_much"),
    rogue("writer__finish_leaves_files_open"),
    rogue("writer__commit_refuses"),
    rogue("writer__commit_traps"),
    rogue("writer__commit_spins"),
    rogue("writer__commit_makes_a_part_again"),
    rogue("writer__path_twice"),
    rogue("writer__path_of_all_partitions"),
    rogue("writer__path_above"),
    rogue("writer__path_absolute"),
    rogue("writer__path_empty"),
    rogue("writer__path_hidden"),
    rogue("writer__path_of_dots"),
    rogue("writer__path_with_an_empty_name"),
    rogue("writer__path_with_zero"),
    rogue("writer__path_of_a_mile"),
    rogue("writer__path_below_a_file"),
    rogue("writer__path_of_a_thousand_open"),
];

impl Guest for Hostile {
    type TableWriter = Open;
    type PartitionWriter = Part;
}

/// One of the functions, open.
pub(crate) struct Open(&'static str);

impl GuestTableWriter for Open {
    fn open(name: String, _: Schema, _: Options) -> Result<TableWriter, Error> {
        let Rogue { name, .. } = find(&name, Kind::Writer)?;
        misbehave(name, "open")?;
        Ok(TableWriter::new(Self(name)))
    }

    fn partition(&self, partition: u32) -> Result<PartitionWriter, Error> {
        misbehave(self.0, "partition")?;
        let part = format!("part-{partition}");
        let files = match deed(self.0, "path") {
            Some("twice") => vec![create(&part)?, create(&part)?],
            Some("of_all_partitions") => vec![create("part")?],
            Some("above") => vec![create("../above")?],
            Some("absolute") => vec![create("/tmp/absolute")?],
            Some("empty") => vec![create("")?],
            Some("hidden") => vec![create(".hidden")?],
            Some("of_dots") => vec![create("a/../b")?],
            Some("with_an_empty_name") => vec![create("a//b")?],
            Some("with_zero") => vec![create("a\0b")?],
            Some("of_a_mile") => vec![create(&"mile".repeat(1 << 10))?],
            Some("below_a_file") => vec![create(&part)?, create(&format!("{part}/below"))?],
            Some("of_a_thousand_open") => (0..2000)
                .map(|file| create(&format!("{part}-{file}")))
                .collect::<Result<_, _>>()?,
            _ => vec![create(&part)?],
        };
        Ok(PartitionWriter::new(Part {
            name: self.0,
            files: RefCell::new(files),
            written: Cell::new(0),
        }))
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        misbehave(self.0, "commit")?;
        if deed(self.0, "commit") == Some("makes_a_part_again") {
            create("part-0")?;
        }
        let manifest = create("manifest")?;
        manifest
            .write(&Buffer::Bytes(manifests.concat()))
            .map_err(|message| error(&message))?;
        manifest.finish().map_err(|message| error(&message))?;
        Ok(())
    }
}

fn create(path: &str) -> Result<File, Error> {
    File::create(path).map_err(|message| error(&message))
}

/// A partition while it is written.
pub(crate) struct Part {
    name: &'static str,
    files: RefCell<Vec<File>>,
    /// Batches that were written.
    written: Cell<u64>,
}

impl GuestPartitionWriter for Part {
    fn write(&self, rows: Batch) -> Result<(), Error> {
        misbehave(self.name, "write")?;
        let written = self.written.replace(self.written.get() + 1);
        let bytes = match deed(self.name, "write") {
            Some("refuses_later") if written == 3 => {
                return Err(error("the guest refuses to write any more"));
            }
            Some("from_nowhere") => Buffer::Span(Span {
                address: memory_size() as u32 - 4,
                length: 4096,
            }),
            _ => Buffer::Bytes(vec![b'.'; rows.rows as usize]),
        };
        for file in &*self.files.borrow() {
            file.write(&bytes).map_err(|message| error(&message))?;
        }
        Ok(())
    }

    fn finish(&self) -> Result<Vec<u8>, Error> {
        misbehave(self.name, "finish")?;
        let files = self.files.take();
        match deed(self.name, "finish") {
            // They are dropped, and are not there.
            Some("of_nothing") => return Ok(Vec::new()),
            Some("says_too_much") => return Ok(vec![b'!'; 48 << 20]),
            Some("leaves_files_open") => {
                std::mem::forget(files);
                return Ok(Vec::new());
            }
            _ => {}
        }
        for file in files {
            file.finish().map_err(|message| error(&message))?;
        }
        Ok(b"part\n".to_vec())
    }
}
