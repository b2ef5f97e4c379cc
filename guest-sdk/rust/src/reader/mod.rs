//! Functions that make a table of what lies somewhere.

mod filter;
mod opened;
mod request;
mod split;

use arrow_schema::SchemaRef;

use crate::{Batches, Error, Options};

pub use filter::{Comparison, Exactness, Filter};
pub(crate) use opened::Opened;
pub use opened::{SplitReader, TableReader};
pub use request::Request;
pub use split::{Split, split_files};

/// A function that makes a table of files. `#[reader]` above the `impl` block makes it known.
///
/// Which files says [`files::entries`](crate::files::entries). The table is read in splits, each by itself and
/// maybe on another machine: what `read` needs to know is in the [`Split`].
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::StringArray;
/// use arrowbox_sdk::datatypes::SchemaRef;
/// use arrowbox_sdk::{
///     Batches, Error, Options, Reader, Request, Row, Rows, Split, reader, split_files, testing,
/// };
///
/// #[derive(Row)]
/// struct Line {
///     line: String,
/// }
///
/// struct LineFiles;
///
/// /// Each line of files of text.
/// #[reader(name = "lines")]
/// impl Reader for LineFiles {
///     fn open(options: &Options) -> Result<Self, Error> {
///         options.only(&[])?;
///         Ok(Self)
///     }
///
///     fn schema(&self) -> SchemaRef {
///         Rows::<Line>::schema()
///     }
///
///     fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
///         split_files(64 << 20)
///     }
///
///     fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
///         let mut lines = split.lines()?;
///         let request = request.clone();
///         Ok(Batches::from_fn(move || {
///             let mut rows = Rows::new();
///             while rows.len() < 8192 {
///                 let Some(line) = lines.next_line()? else { break };
///                 rows.push(Line { line: String::from_utf8(line.to_vec())? });
///             }
///             request.project(rows.take())
///         }))
///     }
/// }
/// # arrowbox_sdk::export!(LineFiles);
///
/// # fn main() -> Result<(), Error> {
/// testing::with_files(&[("a.txt", b"one\ntwo\n"), ("b.txt", b"three")], || {
///     let read = testing::read::<LineFiles>(&Request::columns([0]), &Options::default())?;
///     assert_eq!(read[0].column(0).as_ref(), &StringArray::from(vec!["one", "two"]));
///     assert_eq!(read[1].column(0).as_ref(), &StringArray::from(vec!["three"]));
///     Ok(())
/// })
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reader",
    label = "not a reader",
    note = "put `#[reader]` above `impl Reader for {Self}`"
)]
pub trait Reader: Sized + 'static {
    /// The reader of one table. It looks at as many of the files as it needs to know their columns.
    ///
    /// # Errors
    ///
    /// Options or files are not what the reader understands.
    fn open(options: &Options) -> Result<Self, Error>;

    /// All columns of the table. It is asked once.
    fn schema(&self) -> SchemaRef;

    /// How much of `filter` the reader does itself. Only filters that it does not leave to the engine reach
    /// [`plan`](Self::plan) and [`read`](Self::read).
    fn exactness(&self, filter: &Filter) -> Exactness {
        let _ = filter;
        Exactness::Unsupported
    }

    /// Cuts what is to be read into splits, which together have each row once: [`split_files`] where files can be
    /// cut anywhere, or a [`Split`] for each file.
    ///
    /// # Errors
    ///
    /// What the reader says. The query ends with it.
    fn plan(&self, request: &Request) -> Result<Vec<Split>, Error>;

    /// Reads one split, best lazily: the columns of [`Request::projection`] in its order.
    ///
    /// # Errors
    ///
    /// What the reader says. The query ends with it.
    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error>;
}

#[cfg(test)]
mod tests;
