use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use arrow::error::ArrowError;
use arrowbox_host::{FunctionDescription, Signature};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;

use super::values::{self, ValuesError, available, takes};
use crate::session::{Session, TableError, TableSource};

/// Why there are no rows to call the function with.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowsError {
    /// Those on the command line.
    #[error(transparent)]
    Values(#[from] ValuesError),
    /// Those in a file.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The columns of the file do not fit.
    #[error("the columns of `{}` ({columns}) are not the arguments of `{function}`; it takes\n{available}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Its columns.
        columns: String,
        /// The function.
        function: String,
        /// What it takes, a line each.
        available: String,
    },
    /// The engine does not take them.
    #[error("the rows can not be made a table")]
    Engine(#[from] DataFusionError),
    /// Nor does arrow.
    #[error("the rows can not be made a table")]
    Arrow(#[from] ArrowError),
}

/// A table in the session, and the columns of it that are arguments.
pub(super) struct Input {
    columns: Vec<String>,
}

const TABLE: &str = "arrowbox_rows";
/// Keeps rows without arguments apart.
pub(super) const NUMBER: &str = "row number";
/// What the function gives.
pub(super) const RESULT: &str = "result";

impl Input {
    /// A table of what stands on the command line.
    pub(super) fn of_values(
        session: &Session,
        rows: &[String],
        function: &FunctionDescription,
    ) -> Result<Self, RowsError> {
        let arguments = values::columns(rows, &function.name, &function.signatures)?;
        // A function without arguments is called once.
        let count = rows.len().max(1) as u64;
        let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(0..count));
        let columns: Vec<String> = arguments.iter().map(|(name, _)| name.clone()).collect();
        let named = arguments.into_iter().chain([(NUMBER.to_owned(), numbers)]);
        let batch = RecordBatch::try_from_iter_with_nullable(
            named.map(|(name, column)| (name, column, true)),
        )?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        session.context().register_table(TABLE, Arc::new(table))?;
        Ok(Self { columns })
    }

    /// A table of what stands in a file. `keys` are columns that are no arguments.
    pub(super) async fn of_file(
        session: &Session,
        path: &Path,
        function: &FunctionDescription,
        keys: &[String],
    ) -> Result<Self, RowsError> {
        let source = TableSource {
            name: TABLE.to_owned(),
            path: path.to_owned(),
            reader: None,
        };
        let table = source.open(&session.context().state()).await?;
        let schema = table.schema();
        let names: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .filter(|name| !keys.iter().any(|key| key == name))
            .collect();
        let signatures = &function.signatures;
        let columns = choose(&names, signatures).ok_or_else(|| RowsError::Columns {
            path: path.to_owned(),
            columns: names.join(", "),
            function: function.name.clone(),
            available: available(&function.name, signatures),
        })?;
        session.context().register_table(TABLE, table)?;
        Ok(Self { columns })
    }

    /// Every row with what `function` gives for it.
    pub(super) fn values(&self, function: &str) -> String {
        self.with(&self.call(function))
    }

    /// Every row with what `function` gives for it among all.
    pub(super) fn windows(&self, function: &str) -> String {
        self.with(&format!("{} OVER ()", self.call(function)))
    }

    /// What `function` gives for all rows, or for those of each key.
    pub(super) fn groups(&self, function: &str, keys: &[String]) -> String {
        let call = self.call(function);
        if keys.is_empty() {
            return format!("SELECT {call} AS {RESULT} FROM {TABLE}");
        }
        let keys = list(keys);
        format!("SELECT {keys}, {call} AS {RESULT} FROM {TABLE} GROUP BY {keys} ORDER BY {keys}")
    }

    /// Every row with the rows that `function` gives for it.
    pub(super) fn rows(&self, function: &str) -> String {
        if self.columns.is_empty() {
            return format!("SELECT * FROM {}", self.call(function));
        }
        // The function can have columns of the same names.
        let columns = self.columns.iter();
        let columns: Vec<_> = columns
            .map(|column| format!("{TABLE}.{}", quoted(column)))
            .collect();
        let columns = columns.join(", ");
        format!(
            "SELECT {columns}, {RESULT}.* FROM {TABLE} CROSS JOIN LATERAL {}({columns}) AS {RESULT}",
            quoted(function)
        )
    }

    fn call(&self, function: &str) -> String {
        format!("{}({})", quoted(function), list(&self.columns))
    }

    fn with(&self, call: &str) -> String {
        let shown = self.columns.iter().map(|column| quoted(column));
        let shown: Vec<_> = shown.chain([format!("{call} AS {RESULT}")]).collect();
        format!("SELECT {} FROM {TABLE}", shown.join(", "))
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

/// The columns that are arguments: those of the arguments' names, or all in order.
fn choose(names: &[&str], signatures: &[Signature]) -> Option<Vec<String>> {
    let by_name = signatures
        .iter()
        .filter(|signature| !signature.variadic)
        .find_map(|signature| {
            let arguments: Vec<_> = signature
                .arguments
                .iter()
                .map(|argument| argument.name.clone())
                .collect();
            arguments
                .iter()
                .all(|argument| names.contains(&argument.as_str()))
                .then_some(arguments)
        });
    by_name.filter(|columns| !columns.is_empty()).or_else(|| {
        let fits = signatures
            .iter()
            .any(|signature| takes(signature, names.len()));
        fits.then(|| names.iter().map(|&name| name.to_owned()).collect())
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
