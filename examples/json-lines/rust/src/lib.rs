//! Writes tables as partitioned JSON Lines, with a manifest.

mod json;
mod manifest;
mod partition;
mod parts;
mod settings;

use std::io::Write;

use arrowbox_sdk::array::RecordBatch;
use arrowbox_sdk::datatypes::Schema;
use arrowbox_sdk::sink::File;
use arrowbox_sdk::{Error, Options, PartitionWriter, Writer, writer};

pub use json::{Nulls, Objects, Unsupported};

use partition::Folders;
use parts::Parts;
use settings::Settings;

/// The files of one table.
pub struct JsonLines {
    input: Schema,
    settings: Settings,
}

/// JSON Lines: an object on a line for each row, in files `part-<partition>.jsonl`, and a `manifest.json` that names
/// all files, with their rows and bytes, and the columns.
///
/// - `partition_by`: columns with commas between them. Their values name folders, such as `a=1/b=x`, and are not in
///   the lines.
/// - `nulls`: `write`, which is the default, or `omit`: fields that are null are left out.
/// - `open_files`: how many files a partition has open at once; 64 if nothing is said. Where a row wants one more,
///   the file that waited longest is ended, and its folder gets another file should it get more rows.
#[writer]
impl Writer for JsonLines {
    type Partition = Partition;

    fn open(input: &Schema, options: &Options) -> Result<Self, Error> {
        Ok(Self {
            input: input.clone(),
            settings: Settings::new(input, options)?,
        })
    }

    fn partition(&self, number: u32) -> Result<Partition, Error> {
        Ok(Partition {
            parts: Parts::new(number, self.settings.open_files),
            settings: self.settings.clone(),
        })
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        let manifest = manifest::of_table(&self.input, &self.settings, &manifests)?;
        let mut file = File::create("manifest.json")?;
        file.write_all(&manifest)?;
        file.finish()?;
        Ok(())
    }
}

/// The files of one partition.
pub struct Partition {
    parts: Parts,
    settings: Settings,
}

impl PartitionWriter for Partition {
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        let schema = rows.schema_ref();
        let column = |column: &usize| (&schema.fields()[*column], rows.column(*column));
        let mut folders = Folders::new(self.settings.partition_by.iter().map(column))?;
        let objects = Objects::new(
            self.settings.columns.iter().map(column),
            self.settings.nulls,
        )?;
        let (mut folder, mut line) = (String::new(), Vec::new());
        for row in 0..rows.num_rows() {
            folders
                .name(row, &mut folder)
                .map_err(|error| error.at_row(row as u64))?;
            line.clear();
            objects.write(row, &mut line);
            line.push(b'\n');
            self.parts.write(&folder, &line)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        Ok(manifest::of_partition(&self.parts.finish()?))
    }
}

arrowbox_sdk::export!(JsonLines);

#[cfg(test)]
mod tests;
