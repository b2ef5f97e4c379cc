//! Functions as a query runs them, in tests of the crate that has them.
//!
//! A row function is an ordinary function, and most of what can be said of it is said by calling it. What
//! is here goes through arrays, as a query does: nulls, constants, errors with their row.
//!
//! ```
//! use std::sync::Arc;
//! use arrowbox_sdk::array::{ArrayRef, Int64Array};
//! use arrowbox_sdk::{scalar, testing};
//!
//! #[scalar]
//! fn double(x: i64) -> i64 {
//!     x * 2
//! }
//!
//! let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
//! let expected: ArrayRef = Arc::new(Int64Array::from(vec![Some(2), None, Some(6)]));
//! assert_eq!(&testing::call::<double>(&[column]).unwrap(), &expected);
//! ```

mod aggregate;
#[cfg(not(target_family = "wasm"))]
mod files;
mod grouped;
mod laws;
mod map_batches;
mod reader;
#[cfg(not(target_family = "wasm"))]
mod sink;
mod table;
mod window;
#[cfg(not(target_family = "wasm"))]
mod writer;

pub use aggregate::{aggregate, aggregate_with};
#[cfg(not(target_family = "wasm"))]
pub use files::with_files;
pub use grouped::{cogrouped_map, grouped_map};
pub use laws::{Tolerance, laws, laws_with};
pub use map_batches::map_batches;
pub use reader::read;
#[cfg(not(target_family = "wasm"))]
pub use sink::with_sink;
pub use table::{table, table_with};
pub use window::{window, window_with};
#[cfg(not(target_family = "wasm"))]
pub use writer::write;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{Field, FieldRef};

use crate::Column;
use crate::arguments::Arguments;
use crate::{Error, Options, Scalar};

/// Calls `F` with columns of equal length.
///
/// # Errors
///
/// What the function says, or that it can not be called with these types.
pub fn call<F: Scalar>(columns: &[ArrayRef]) -> Result<ArrayRef, Error> {
    let rows = columns.first().map_or(1, |column| column.len());
    let columns = columns.iter().map(|column| Column::new(Arc::clone(column)));
    call_with::<F>(&Options::default(), columns.collect(), rows)
}

/// Calls `F`, opened with `options`, with columns of `rows` rows, some of them constant.
///
/// # Errors
///
/// What the function says, or that it can not be called with these types.
pub fn call_with<F: Scalar>(
    options: &Options,
    columns: Vec<Column>,
    rows: usize,
) -> Result<ArrayRef, Error> {
    let field = |column: &Column| -> FieldRef {
        let data_type = column.values().data_type().clone();
        Arc::new(Field::new("", data_type, true))
    };
    let fields: Vec<_> = columns.iter().map(field).collect();
    let entries = [F::ENTRY];
    let function = crate::function::open(&entries, F::NAME, &fields, options)?;
    let columns = columns.iter().map(|column| column.values().to_data());
    Ok(make_array(function.call(Arguments::new(columns, rows))?))
}
