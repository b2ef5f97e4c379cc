//! Reads sequences with their qualities, as a table.

mod column;
mod condition;
mod record;
mod records;
mod rows;
mod scan;

use arrowbox_sdk::datatypes::SchemaRef;
use arrowbox_sdk::files::File;
use arrowbox_sdk::{
    Batches, Error, Exactness, Filter, Options, Reader, Request, Split, reader, split_files,
};

pub use column::Column;
pub use condition::Condition;
pub use record::{Malformed, Phred, Record};
pub use records::Records;
pub use scan::Scan;

/// What one split has, in bytes.
const SPLIT: u64 = 32 << 20;

/// The table of some files.
pub struct Fastq {
    phred: Phred,
}

/// Sequences with their qualities, as sequencers write them: FASTQ with records of four lines. The columns are id,
/// description, sequence, quality, length, and mean_quality, the arithmetic mean of the qualities.
///
/// - `phred_offset`: 33 or 64, the character code of quality zero; 33 if nothing is said.
#[reader]
impl Reader for Fastq {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["phred_offset"])?;
        let phred = match options.param("phred_offset") {
            None | Some("33") => Phred::Plus33,
            Some("64") => Phred::Plus64,
            Some(other) => {
                return Err(Error::new(format_args!(
                    "phred_offset is 33 or 64, and not {other:?}"
                )));
            }
        };
        Ok(Self { phred })
    }

    fn schema(&self) -> SchemaRef {
        Column::schema(&Column::ALL)
    }

    fn exactness(&self, filter: &Filter) -> Exactness {
        match Condition::of(filter) {
            Ok(Some(_)) => Exactness::Exact,
            _ => Exactness::Unsupported,
        }
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        split_files(SPLIT)
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        let range = split
            .file()
            .ok_or_else(|| Error::new("the split is no part of a file"))?;
        let columns: Vec<_> = request
            .projection()
            .iter()
            .map(|column| Column::ALL[*column])
            .collect();
        let conditions = request
            .filters()
            .iter()
            .map(Condition::of)
            .collect::<Result<Vec<_>, _>>()?;
        let conditions = conditions.into_iter().flatten().collect();
        let mut scan = Scan::new(&columns, conditions, request.limit());
        let file = File::open(range.path());
        let read_at = move |offset, into: &mut [u8]| file.read_at(offset, into);
        let mut records = Records::new(
            range.path(),
            range.offset()..range.end(),
            self.phred,
            read_at,
        );
        Ok(Batches::from_fn(move || {
            while !scan.is_full() {
                let Some(record) = records.next_record()? else {
                    break;
                };
                scan.push(&record);
            }
            Ok(scan.take()?)
        }))
    }
}

arrowbox_sdk::export!(Fastq);

#[cfg(test)]
mod tests;
