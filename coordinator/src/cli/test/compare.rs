use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;

use crate::session::{Session, TableError, TableSource};

/// The results are not those expected.
#[derive(Debug, thiserror::Error)]
pub(super) enum Difference {
    /// More or fewer rows.
    #[error("there are {found} results, and `{}` has {expected}", path.display())]
    Count {
        /// The file.
        path: PathBuf,
        /// Results.
        found: usize,
        /// Rows of the file.
        expected: usize,
    },
    /// Other values.
    #[error("{count} of {rows} results differ from `{}` in `{column}`:\n{examples}", path.display())]
    Values {
        /// The file.
        path: PathBuf,
        /// The column of the results.
        column: String,
        /// How many.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first of them, a line each.
        examples: String,
    },
    /// The file has other things in it.
    #[error("what is expected in `{}` can not be compared with results of the type {data_type}", path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The type of the results.
        data_type: DataType,
        /// Why.
        #[source]
        source: ArrowError,
    },
    /// The file has no columns.
    #[error("`{}` has no column to compare with", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A column of the file is no column of the results.
    #[error("`{}` has a column `{column}`, and the results have none of that name", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The file can not be opened.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The file can not be read.
    #[error("what is expected can not be read")]
    Read(#[from] DataFusionError),
}

/// So many differences are shown.
const SHOWN: usize = 10;
/// Floating-point numbers may differ by so much of their size: a file has them in decimal.
const TOLERANCE: f64 = 1e-9;

/// Which columns are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// The last of the results with the column `result` of the file, or with its last.
    Last,
    /// All of the file with those of the same names.
    All,
}

/// Compares `results` with a file.
pub(super) async fn compare(
    session: &Session,
    results: &[RecordBatch],
    path: &Path,
    compared: Compared,
) -> Result<(), Difference> {
    let source = TableSource {
        name: "arrowbox_expected".to_owned(),
        path: path.to_owned(),
        reader: None,
    };
    let context = session.context();
    let table = source.open(&context.state()).await?;
    let expected = context.read_table(table)?.collect().await?;
    let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    if rows(results) != rows(&expected) {
        return Err(Difference::Count {
            path: path.to_owned(),
            found: rows(results),
            expected: rows(&expected),
        });
    }
    let (Some(of_results), Some(of_file)) = (results.first(), expected.first()) else {
        return Ok(());
    };
    let (of_results, of_file) = (of_results.schema(), of_file.schema());
    let pairs = match compared {
        Compared::Last => {
            let named = of_file.index_of("result").ok();
            let index = named.or_else(|| of_file.fields().len().checked_sub(1));
            let last = of_results.fields().len().checked_sub(1);
            last.zip(index).into_iter().collect::<Vec<_>>()
        }
        Compared::All => {
            let fields = of_file.fields().iter().enumerate();
            fields
                .map(|(index, field)| match of_results.index_of(field.name()) {
                    Ok(found) => Ok((found, index)),
                    Err(_) => Err(Difference::NoColumn {
                        path: path.to_owned(),
                        column: field.name().clone(),
                    }),
                })
                .collect::<Result<_, _>>()?
        }
    };
    if pairs.is_empty() {
        return Err(Difference::Empty {
            path: path.to_owned(),
        });
    }
    for (found, wanted) in pairs {
        compare_columns((results, found), (&expected, wanted), path)?;
    }
    Ok(())
}

fn compare_columns(
    (results, index): (&[RecordBatch], usize),
    (expected, wanted): (&[RecordBatch], usize),
    path: &Path,
) -> Result<(), Difference> {
    let incomparable = |data_type: &DataType, source| Difference::Type {
        path: path.to_owned(),
        data_type: data_type.clone(),
        source,
    };
    let found = column(results, index).map_err(|source| incomparable(&DataType::Null, source))?;
    let data_type = found.data_type();
    let expected = column(expected, wanted)
        .and_then(|expected| cast(&expected, data_type))
        .map_err(|source| incomparable(data_type, source))?;
    let differing =
        differing(&found, &expected).map_err(|source| incomparable(data_type, source))?;
    if differing.is_empty() {
        return Ok(());
    }
    let examples = examples(&found, &expected, &differing)
        .map_err(|source| incomparable(data_type, source))?;
    let schema = results.first().map(RecordBatch::schema);
    Err(Difference::Values {
        path: path.to_owned(),
        column: schema.map_or_else(String::new, |schema| schema.field(index).name().clone()),
        count: differing.len(),
        rows: found.len(),
        examples,
    })
}

fn column(batches: &[RecordBatch], index: usize) -> Result<ArrayRef, ArrowError> {
    let columns: Vec<&dyn Array> = batches
        .iter()
        .map(|batch| batch.column(index).as_ref())
        .collect();
    concat(&columns)
}

/// The rows that differ.
fn differing(found: &ArrayRef, expected: &ArrayRef) -> Result<Vec<usize>, ArrowError> {
    if found.data_type().is_floating() {
        let found = cast(found, &DataType::Float64)?;
        let expected = cast(expected, &DataType::Float64)?;
        let (found, expected) = (
            found.as_primitive::<Float64Type>(),
            expected.as_primitive::<Float64Type>(),
        );
        let rows = found.iter().zip(expected).enumerate();
        return Ok(rows
            .filter(|(_, (found, expected))| !close(*found, *expected))
            .map(|(row, _)| row)
            .collect());
    }
    let options = FormatOptions::new().with_null("NULL");
    let (shown, wanted) = (
        ArrayFormatter::try_new(found, &options)?,
        ArrayFormatter::try_new(expected, &options)?,
    );
    let differs = |row: &usize| {
        found.is_null(*row) != expected.is_null(*row)
            || shown.value(*row).to_string() != wanted.value(*row).to_string()
    };
    Ok((0..found.len()).filter(differs).collect())
}

fn close(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            found == expected
                || (found.is_nan() && expected.is_nan())
                || (found - expected).abs() <= TOLERANCE * found.abs().max(expected.abs())
        }
        (found, expected) => found.is_none() && expected.is_none(),
    }
}

fn examples(found: &ArrayRef, expected: &ArrayRef, rows: &[usize]) -> Result<String, ArrowError> {
    let options = FormatOptions::new().with_null("NULL");
    let (shown, wanted) = (
        ArrayFormatter::try_new(found, &options)?,
        ArrayFormatter::try_new(expected, &options)?,
    );
    let line = |row: &usize| {
        format!(
            "  row {}: {}, expected {}",
            row + 1,
            shown.value(*row),
            wanted.value(*row)
        )
    };
    let mut lines: Vec<_> = rows.iter().take(SHOWN).map(line).collect();
    if rows.len() > SHOWN {
        lines.push(format!("  … and {} more", rows.len() - SHOWN));
    }
    Ok(lines.join("\n"))
}
