//! Write functions for Arrowbox in Rust.
//!
//! A function is an ordinary function with [`#[scalar]`](macro@scalar) above it, and [`export!`] makes a
//! component of the functions of a crate. A query runs the component in a sandbox: Arrow batches come as
//! Arrow buffers in the component's own memory, the loop over the rows is compiled with the function, and
//! the result is read where the function left it.
//!
//! ```
//! use arrowbox_sdk::scalar;
//!
//! /// The greatest common divisor of two numbers.
//! #[scalar]
//! pub fn gcd(mut a: i64, mut b: i64) -> i64 {
//!     while b != 0 {
//!         (a, b) = (b, a % b);
//!     }
//!     a
//! }
//!
//! arrowbox_sdk::export!(gcd);
//!
//! // It is still a function.
//! assert_eq!(gcd(12, 18), 6);
//! ```
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! arrowbox-sdk = "0.1"
//! ```
//!
//! # Functions of rows
//!
//! | Arrow | argument | result |
//! |---|---|---|
//! | integers, floats, boolean | `i8` … `u64`, [`f16`](struct@f16), `f32`, `f64`, `bool` | the same |
//! | utf8, large utf8, utf8 view, dictionaries of them | `&str` | `&str`, `String`, `Cow<str>`, or `out: &mut` [`Text`] |
//! | binary, large binary, binary view, dictionaries of them | `&[u8]` | `&[u8]`, `Vec<u8>`, or `out: &mut` [`Bytes`] |
//! | date, time, timestamp, duration | [`Date`], [`DateMillis`], [`Time`], [`Timestamp`], [`Duration`] | the same |
//! | interval | [`IntervalYearMonth`], [`IntervalDayTime`], [`IntervalMonthDayNano`] | the same |
//! | decimal128 | [`Decimal128`] | the same |
//!
//! **Nulls.** An argument can be an [`Option`], and then the function sees nulls. Where an argument is null
//! that is not an `Option`, the result is null and the function is not run. A result that is an `Option` can
//! be null.
//!
//! **Errors.** A result can be a [`Result`] whose error can be displayed. The query ends with it, and with
//! the number of the row.
//!
//! **Any number of arguments.** The last parameter can be a slice: `fn greatest(values: &[Option<i64>])`.
//!
//! **Text without allocation.** `fn shout(text: &str, out: &mut Text)` writes its result to where it stays.
//! Nothing is returned, or a `Result`, or `Option<()>` with `None` for null.
//!
//! # Functions of columns
//!
//! A function that takes references to arrays is called once for a batch. Constants come expanded; a
//! parameter `&`[`Column`] says whether it is one.
//!
//! ```
//! use arrowbox_sdk::array::{Array, ArrayRef, Int64Array, ListArray};
//! use arrowbox_sdk::{same_as_first, scalar};
//!
//! #[scalar]
//! fn running_total(values: &Int64Array) -> Int64Array {
//!     let add = |total: &mut i64, value: Option<i64>| {
//!         *total += value.unwrap_or(0);
//!         Some(Some(*total))
//!     };
//!     values.iter().scan(0, add).collect()
//! }
//!
//! /// Types that Rust does not know are declared: as Arrow writes them, or `any`, `text`, `binary`.
//! #[scalar(arguments("List(Utf8)"), returns = "Int64")]
//! fn lengths(lists: &ListArray) -> Int64Array {
//!     lists.iter().map(|list| list.map(|list| list.len() as i64)).collect()
//! }
//!
//! /// The type of the result can follow from those of the arguments.
//! #[scalar(arguments("any"), returns = same_as_first)]
//! fn unchanged(values: &ArrayRef) -> ArrayRef {
//!     ArrayRef::clone(values)
//! }
//! # arrowbox_sdk::export!(running_total, lengths, unchanged);
//! ```
//!
//! # Functions with options
//!
//! Above an `impl` block with `new` and `call`, `#[scalar]` makes a function of the type. `new` runs once for
//! each place in a query, with the [`Options`] of the statement that made the function known: parameters, and
//! data such as lookup tables. `call` is as above, with `&self`.
//!
//! ```
//! use arrowbox_sdk::{Error, Options, scalar};
//!
//! struct Censor {
//!     words: Vec<String>,
//! }
//!
//! #[scalar]
//! impl Censor {
//!     fn new(options: &Options) -> Result<Self, Error> {
//!         options.only(&["words"])?;
//!         let words = options.data("words").ok_or_else(|| Error::new("data.words is missing"))?;
//!         let words = words.read_to_string()?.lines().map(str::to_owned).collect();
//!         Ok(Self { words })
//!     }
//!
//!     /// The text without the words in `data.words`.
//!     fn call(&self, text: &str) -> String {
//!         self.words.iter().fold(text.to_owned(), |text, word| text.replace(word, "…"))
//!     }
//! }
//! # arrowbox_sdk::export!(Censor);
//! ```
//!
//! A function is called with batches in any order, on several instances: what it returns must not depend on
//! what it was called with before. A cache is fine.
//!
//! # Aggregate functions
//!
//! An aggregate function is a type: what is known of the rows of one group. `update` adds a row, `merge` adds
//! what is known of other rows, and `evaluate` gives the value. The fields are columns ([`Row`](macro@Row)),
//! since the engine sends them from host to host and writes them to disk when memory is short.
//!
//! ```
//! use arrowbox_sdk::{Row, aggregate};
//!
//! #[derive(Row, Clone, Default)]
//! struct GeometricMean {
//!     logs: f64,
//!     count: u64,
//! }
//!
//! /// The geometric mean of positive numbers.
//! #[aggregate]
//! impl GeometricMean {
//!     fn update(&mut self, value: f64) {
//!         self.logs += value.ln();
//!         self.count += 1;
//!     }
//!
//!     fn merge(&mut self, other: Self) {
//!         self.logs += other.logs;
//!         self.count += other.count;
//!     }
//!
//!     fn evaluate(&self) -> Option<f64> {
//!         (self.count > 0).then(|| (self.logs / self.count as f64).exp())
//!     }
//! }
//! # arrowbox_sdk::export!(GeometricMean);
//! ```
//!
//! The parameters of `update` are those of a function of rows. Rows in which one is null that is no `Option`
//! are left out. `update` and `merge` can return a `Result<(), E>`; `evaluate` returns what a function of rows
//! can. Every group begins with `Default`, or with what `fn new(options: &Options) -> Result<Self, Error>`
//! gives. `fn retract(&mut self, …)`, with the parameters of `update`, takes a row out again: frames that slide
//! need it. [`testing::laws`] checks what the engine relies on.
//!
//! # Window functions
//!
//! A window function gives a value for each row of an ordered partition. As a type with `next` it is called row
//! by row, so that partitions of any length pass through; every partition begins with `Default`, or with a
//! clone of what `new` gives. As a function of arrays it is called with whole partitions.
//!
//! ```
//! use arrowbox_sdk::array::{Array, Float64Array};
//! use arrowbox_sdk::window;
//!
//! /// A mean in which older values weigh less.
//! #[derive(Default)]
//! struct Ewma {
//!     mean: Option<f64>,
//! }
//!
//! #[window]
//! impl Ewma {
//!     fn next(&mut self, value: Option<f64>, alpha: f64) -> Option<f64> {
//!         if let Some(value) = value {
//!             let mean = self.mean.unwrap_or(value);
//!             self.mean = Some(mean + alpha * (value - mean));
//!         }
//!         self.mean
//!     }
//! }
//!
//! /// The values less their mean.
//! #[window]
//! fn centered(values: &Float64Array) -> Float64Array {
//!     let count = (values.len() - values.null_count()) as f64;
//!     let mean = values.iter().flatten().sum::<f64>() / count;
//!     values.unary(|value| value - mean)
//! }
//! # arrowbox_sdk::export!(Ewma, centered);
//! ```
//!
//! Where an argument of `next` is null that is no `Option`, the result is null and `next` is not called. A type
//! with options can have `fn evaluate(&self, …)` with arrays in place of `next`.
//!
//! # Table functions
//!
//! A table function returns rows: anything that can be iterated over, of structs with [`Row`](macro@Row), or
//! of plain values, which are a column with the name of the function. The whole, and each row, can be a
//! `Result`. In SQL it is a table, or it gives rows for each row of another table.
//!
//! ```
//! use arrowbox_sdk::{Row, table};
//!
//! #[derive(Row)]
//! struct Part {
//!     index: i64,
//!     part: String,
//! }
//!
//! /// The parts of a text.
//! #[table]
//! fn explode(text: &str, delimiter: &str) -> Vec<Part> {
//!     let part = |(index, part)| Part { index, part: String::from(part) };
//!     (0..).zip(text.split(delimiter)).map(part).collect()
//! }
//!
//! /// Numbers, without end if nobody wants fewer.
//! #[table]
//! fn count_from(first: i64) -> impl Iterator<Item = i64> {
//!     first..
//! }
//! # arrowbox_sdk::export!(explode, count_from);
//! ```
//!
//! Where the arguments are owned (numbers, `String`, `Vec<u8>`), rows are made when they are asked for. Where
//! they are borrowed, all rows of one row of arguments are made at once. Where an argument is null that is no
//! `Option`, there are no rows. A type with `fn new(options: &Options)` and `fn call(&self, …)` is a function
//! with options; an `impl Iterator` that it returns is lazy if it says `+ use<>`.
//!
//! # From tables to tables
//!
//! | above | | what it does |
//! |---|---|---|
//! | `impl` [`MapBatches`] `for …` | [`#[map_batches]`](macro@map_batches) | takes the batches of a table one by one, and gives batches |
//! | `impl` [`GroupedMap`] `for …` | [`#[grouped_map]`](macro@grouped_map) | takes all rows of a key, and gives rows |
//! | `impl` [`CogroupedMap`] `for …` | [`#[cogrouped_map]`](macro@cogrouped_map) | takes all rows of a key in two tables, and gives rows |
//!
//! Each is a type that is opened for one place in a query, with the columns of the table and with what stands
//! behind the table in the call: `call.input()`, `call.argument::<f64>(0)`. The example of each trait is a whole
//! function with its test.
//!
//! The rows of a group are slices of the table's columns: `group.values::<f64>(column)` is `&[f64]` where they
//! lie. Rows go out through [`Rows`]. Batches go out through [`Batches`], which can make them when they are asked
//! for. A function can keep what it was given: a kept slice keeps all of its batch.
//!
//! # Readers and writers
//!
//! A [`Reader`] below [`#[reader]`](macro@reader) makes a table of the files that [`files::entries`] names. It cuts
//! them into splits, which are read each by itself, wherever there is a processor: [`split_files`] cuts files of
//! lines, and [`Split::lines`] reads the lines of a part. It says which filters it does itself, and gives the
//! columns that are wanted.
//!
//! A [`Writer`] below [`#[writer]`](macro@writer) writes a table with [`sink::File`], each partition by itself.
//! Nobody sees any of it before all of it is there.
//!
//! Both reach these files and nothing else, and need no grant for it.
//!
//! # In tests
//!
//! [`testing`] runs functions of every kind outside of a query, through the code that a query runs:
//! [`testing::map_batches`], [`testing::grouped_map`], [`testing::cogrouped_map`], [`testing::read`] within
//! [`testing::with_files`], [`testing::write`].
//!
//! # What a function can reach
//!
//! Nothing but its arguments and options, unless it is granted more and says so: `#[scalar(volatile,
//! grants("clock"))]` for [`clock`], `grants("random")` for [`random`]. Lines that it writes with the [`log`]
//! crate, and the message and the place of a panic, reach whoever watches the query.
//!
//! # What goes into a component
//!
//! Only what its functions use: functions of rows bring the types of their arguments, while `&ArrayRef` brings
//! every array type that there is, some 600 KiB.

extern crate self as arrowbox_sdk;

mod aggregate;
mod arguments;
mod batches;
#[doc(hidden)]
pub mod bindings;
pub mod clock;
mod columns;
mod constants;
mod data;
mod description;
mod entry;
mod error;
mod export;
mod exports;
pub mod files;
mod function;
mod grouped;
mod map_batches;
mod memory;
#[doc(hidden)]
pub mod open;
mod options;
pub mod random;
mod reader;
mod record;
#[cfg(target_family = "wasm")]
mod report;
mod row;
mod scalar;
mod signature;
pub mod sink;
mod table;
pub mod testing;
mod values;
mod vectorised;
mod window;
mod wire;
mod writer;

#[doc(hidden)]
pub mod __private;

pub use arrow_array as array;
pub use arrow_buffer as buffer;
pub use arrow_schema as datatypes;
pub use half::f16;
pub use log;
#[doc(hidden)]
pub use wit_bindgen;

pub use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano};

/// Makes a function known to Arrowbox: above a function of rows, a function of arrays, or an `impl` block with
/// `new` and `call`. See [the crate](crate) for what it can look like.
///
/// | in parentheses | |
/// |---|---|
/// | `name = "…"` | its name in SQL; that of the function, or of the type in snake case, where there is none. Functions of one name are one function that can be called in several ways |
/// | `stable` | the same arguments give the same result within one query only |
/// | `volatile` | every call can give another result |
/// | `grants("clock", "random")` | what it has to be granted |
/// | `arguments("any", "List(Int64)")` | the types of the arguments of a function of arrays |
/// | `returns = "Int64"`, `returns = rule` | the type of its result, or a function from the fields of the arguments to that of the result, such as [`same_as_first`] |
pub use arrowbox_sdk_macros::scalar;

/// Makes a function of batches known to Arrowbox: above `impl` [`MapBatches`] `for …`.
///
/// It takes what [`#[scalar]`](macro@scalar) takes, but `returns`: `name = "…"`, `stable` or `volatile`,
/// `grants("…")`, and `arguments("Float64", "text")` where what stands behind the table is of these types; the
/// query casts others to them.
pub use arrowbox_sdk_macros::map_batches;

/// Makes a function of groups known to Arrowbox: above `impl` [`GroupedMap`] `for …`. It takes what
/// [`#[map_batches]`](macro@map_batches) takes.
pub use arrowbox_sdk_macros::grouped_map;

/// Makes a function of the groups of two tables known to Arrowbox: above `impl` [`CogroupedMap`] `for …`. It
/// takes what [`#[map_batches]`](macro@map_batches) takes.
pub use arrowbox_sdk_macros::cogrouped_map;

/// Makes a reader known to Arrowbox: above `impl` [`Reader`] `for …`. It takes what
/// [`#[scalar]`](macro@scalar) takes, but types: `name = "…"`, `stable` or `volatile`, `grants("…")`.
pub use arrowbox_sdk_macros::reader;

/// Makes a writer known to Arrowbox: above `impl` [`Writer`] `for …`. It takes what
/// [`#[reader]`](macro@reader) takes.
pub use arrowbox_sdk_macros::writer;

/// Makes an aggregate function known to Arrowbox: above the `impl` block of the state of one group, which has
/// `update`, `merge`, `evaluate`, and if it can, `retract`. See [the crate](crate#aggregate-functions).
///
/// | in parentheses | |
/// |---|---|
/// | `name = "…"` | its name in SQL; that of the type in snake case, where there is none |
/// | `stable`, `volatile` | as for [`#[scalar]`](macro@scalar) |
/// | `grants("clock", "random")` | what it has to be granted |
pub use arrowbox_sdk_macros::aggregate;

/// Makes a window function known to Arrowbox: above a function of arrays, which are a whole partition, or above
/// an `impl` block with `next`, which is called row by row, or `evaluate`, which is called with arrays. See
/// [the crate](crate#window-functions). It takes what [`#[scalar]`](macro@scalar) takes.
pub use arrowbox_sdk_macros::window;

/// Makes a table function known to Arrowbox: above a function that returns rows, or above an `impl` block with
/// `call` and, if it has options, `new`. See [the crate](crate#table-functions). It takes what
/// [`#[aggregate]`](macro@aggregate) takes.
pub use arrowbox_sdk_macros::table;

/// Makes columns of the fields of a struct: implements [`Row`](trait@Row).
///
/// | on a field | |
/// |---|---|
/// | `#[row(skip)]` | it is no column. In the state of an aggregate it is as in the identity |
/// | `#[row(name = "…")]` | the name of the column; that of the field where there is none |
pub use arrowbox_sdk_macros::Row;

pub use aggregate::Aggregate;
pub use batches::Batches;
pub use data::{Blob, BlobReader};
pub use error::Error;
pub use function::Function;
pub use grouped::{CogroupedCall, CogroupedMap, Group, GroupedCall, GroupedMap, Number, Rows};
pub use map_batches::{MapBatches, TableCall};
pub use options::Options;
pub use reader::{Comparison, Exactness, Filter, Reader, Request, Split, split_files};
pub use record::Row;
pub use row::{Bytes, Text};
pub use scalar::Scalar;
pub use signature::same_as_first;
pub use table::Table;
pub use values::{
    Date, DateMillis, Decimal128, Duration, IntervalYearMonth, Microsecond, Millisecond,
    Nanosecond, NoZone, Second, Time, Timestamp, Unit, Utc, Zone,
};
pub use vectorised::Column;
pub use window::Window;
pub use writer::{PartitionWriter, Writer};
