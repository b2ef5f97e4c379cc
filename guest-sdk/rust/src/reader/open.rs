use arrow_schema::FieldRef;

/// A reader at one place in a query, whatever it is. See `wit/reader.wit`.
pub trait TableReader {
    /// All columns.
    fn result(&self) -> &[FieldRef];
}
