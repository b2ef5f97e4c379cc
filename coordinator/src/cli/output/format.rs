use clap::ValueEnum;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    /// For people; written when all rows are there
    Table,
    /// With a header
    Csv,
    /// An array of objects
    Json,
    /// An object a line
    Ndjson,
    /// An Arrow IPC stream
    Arrow,
}
