//! The files that a [writer](crate::Writer) makes.
//!
//! They lie below the location of its table, and are visible when the whole table is written.
//!
//! ```
//! use std::io::Write;
//! use arrowbox_sdk::sink::File;
//! use arrowbox_sdk::testing::with_sink;
//!
//! // Outside of a query a test takes what is made.
//! let (size, files) = with_sink(|| {
//!     let mut file = File::create("part-0.txt")?;
//!     writeln!(file, "one")?;
//!     file.finish()
//! });
//! assert_eq!(size.unwrap(), 4);
//! assert_eq!(files, [("part-0.txt".to_owned(), b"one\n".to_vec())]);
//! ```

mod file;
pub(crate) mod target;

pub use file::File;
