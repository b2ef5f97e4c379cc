//! Functions that put a table somewhere.

mod opened;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use crate::{Error, Options};

pub(crate) use opened::open;
pub use opened::{OpenPartition, TableWriter};

/// A function that puts a table somewhere. `#[writer]` above the `impl` block makes it known.
///
/// What it makes with [`sink::File`](crate::sink::File) is seen by nobody until every partition has finished and
/// [`commit`](Self::commit) has returned, and is gone if anything fails before.
///
/// ```
/// use std::io::Write;
/// use std::sync::Arc;
/// use arrowbox_sdk::array::cast::AsArray;
/// use arrowbox_sdk::array::{Array, ArrayRef, RecordBatch, StringArray};
/// use arrowbox_sdk::datatypes::Schema;
/// use arrowbox_sdk::{Error, Options, PartitionWriter, Writer, sink, testing, writer};
///
/// struct TextFiles;
///
/// /// One file of text for each partition: the first column, a line for each row.
/// #[writer]
/// impl Writer for TextFiles {
///     type Partition = TextFile;
///
///     fn open(_: &Schema, options: &Options) -> Result<Self, Error> {
///         options.only(&[])?;
///         Ok(Self)
///     }
///
///     fn partition(&self, number: u32) -> Result<TextFile, Error> {
///         Ok(TextFile(sink::File::create(format!("part-{number}.txt"))?))
///     }
/// }
/// # arrowbox_sdk::export!(TextFiles);
///
/// struct TextFile(sink::File);
///
/// impl PartitionWriter for TextFile {
///     fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
///         for text in rows.column(0).as_string::<i32>() {
///             writeln!(self.0, "{}", text.unwrap_or_default())?;
///         }
///         Ok(())
///     }
///
///     fn finish(self) -> Result<Vec<u8>, Error> {
///         self.0.finish()?;
///         Ok(Vec::new())
///     }
/// }
///
/// # fn main() -> Result<(), Error> {
/// let text: ArrayRef = Arc::new(StringArray::from(vec!["one", "two"]));
/// let rows = RecordBatch::try_from_iter([("text", text)])?;
/// let files = testing::write::<TextFiles>(&[vec![rows]], &Options::default())?;
/// assert_eq!(files, [("part-0.txt".to_owned(), b"one\ntwo\n".to_vec())]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a writer",
    label = "not a writer",
    note = "put `#[writer]` above `impl Writer for {Self}`"
)]
pub trait Writer: Sized + 'static {
    /// What writes one partition.
    type Partition: PartitionWriter;

    /// The writer of one table: once for each partition, in an instance of its own, and once for
    /// [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// Columns or options are not what the writer understands.
    fn open(input: &Schema, options: &Options) -> Result<Self, Error>;

    /// Begins the partition of a number that no other partition has.
    ///
    /// # Errors
    ///
    /// What the writer says. Nothing is written then.
    fn partition(&self, number: u32) -> Result<Self::Partition, Error>;

    /// Ends it all, with what each partition said at its end, in the order of their numbers. It can make more
    /// files, such as a manifest.
    ///
    /// # Errors
    ///
    /// What the writer says. Nothing is written then.
    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        let _ = manifests;
        Ok(())
    }
}

/// What writes one partition of a table. See [`Writer`].
pub trait PartitionWriter: Sized + 'static {
    /// Writes rows.
    ///
    /// # Errors
    ///
    /// What the writer says. Nothing is written then.
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error>;

    /// Ends the partition and says what [`Writer::commit`] needs to know.
    ///
    /// # Errors
    ///
    /// What the writer says. Nothing is written then.
    fn finish(self) -> Result<Vec<u8>, Error>;
}

#[cfg(test)]
mod tests;
