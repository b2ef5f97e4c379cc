//! Where tables lie: the files that a reader reads, and the place where a writer puts some.
//!
//! [`Locations`] are what a statement says (`'logs/*.log'`, `'s3://bucket/events/'`); at the time of a query
//! they become [`Files`], which a guest reads through the import `files` and which name nothing else. A
//! [`Target`] is where a writer puts files; one attempt at it is a [`Staging`], which shows all of them or
//! none.
//!
//! Everything here blocks, on threads that may. A wait for an object store looks at the query's stop button
//! every few milliseconds.

mod encoded;
mod failure;
mod files;
mod locations;
mod options;
mod pattern;
mod place;
mod staging;
mod wait;

pub use encoded::EncodedFiles;
pub use failure::LocationError;
pub use files::Files;
pub use locations::Locations;
pub use options::StoreOptions;
pub use staging::{EncodedTarget, Staging, StagingError, Target};
