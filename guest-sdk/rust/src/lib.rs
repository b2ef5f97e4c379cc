//! Stub.

extern crate self as arrowbox_sdk;

mod arguments;
#[doc(hidden)]
pub mod bindings;
pub mod clock;
mod data;
mod description;
mod entry;
mod error;
mod export;
mod exports;
mod function;
mod memory;
mod options;
pub mod random;
#[cfg(target_family = "wasm")]
mod report;
mod row;
pub mod testing;
mod values;
mod vectorised;
mod wire;

#[doc(hidden)]
pub mod __private;

pub use arrow_array as array;
pub use arrow_buffer as buffer;
pub use arrow_schema as datatypes;
pub use arrowbox_sdk_macros::scalar;
pub use half::f16;
pub use log;
#[doc(hidden)]
pub use wit_bindgen;

pub use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano};
pub use data::{Blob, BlobReader};
pub use error::Error;
pub use function::{Scalar, same_as_first};
pub use options::Options;
pub use row::{Bytes, Text};
pub use values::{
    Date, DateMillis, Decimal128, Duration, IntervalYearMonth, Microsecond, Millisecond,
    Nanosecond, NoZone, Second, Time, Timestamp, Unit, Utc, Zone,
};
pub use vectorised::Column;
