use crate::Error;
use crate::arguments::Arguments;

/// A writer at one place in a query, whatever it is. See `wit/writer.wit`.
pub trait TableWriter {
    /// Begins a partition, of a number that no other has.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn partition(&self, number: u32) -> Result<Box<dyn PartitionWriter>, Error>;

    /// Ends it all, with what each partition said at its end.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error>;
}

/// One partition of a writer.
pub trait PartitionWriter {
    /// Takes rows.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn write(&mut self, rows: Arguments) -> Result<(), Error>;

    /// Ends the partition and says what `commit` needs to know.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, Error>;
}
