//! Files that a guest can reach through the host: what a reader was given, and what a writer makes.

use bytes::Bytes;

/// What `files` reads: nothing but the files that a table was defined over.
///
/// Called on threads that may block. Messages are for the guest and for people.
pub trait FileSource: Send + Sync {
    /// Path and size in bytes of every file, in the order of their paths.
    ///
    /// # Errors
    ///
    /// If they can not be listed.
    fn entries(&self) -> Result<Vec<(String, u64)>, String>;

    /// From `offset`, `length` bytes or what is left of the file.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it can not be read.
    fn read(&self, path: &str, offset: u64, length: u32) -> Result<Bytes, String>;
}

/// Where `sink` puts files: staged, so that nobody sees them before everything is there.
///
/// Called on threads that may block.
pub trait FileSink: Send + Sync {
    /// Begins a file at a path relative to the location.
    ///
    /// # Errors
    ///
    /// If the path is none, is taken, or nothing can be written.
    fn create(&self, path: &str) -> Result<Box<dyn SinkFile>, String>;
}

/// One file of a [`FileSink`] while it is written. Dropped before it is finished, it is not there.
pub trait SinkFile: Send {
    /// Appends.
    ///
    /// # Errors
    ///
    /// If nothing can be written.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// If what was written can not be kept.
    fn finish(self: Box<Self>) -> Result<u64, String>;
}
