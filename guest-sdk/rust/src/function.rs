//! Functions of all kinds, and how those of a library are found.

use std::marker::PhantomData;

use arrow_schema::FieldRef;

use crate::aggregate::Accumulator;
use crate::grouped::{CogroupedCall, GroupMapper, GroupedCall};
use crate::map_batches::{BatchMapper, TableCall};
use crate::reader::TableReader;
use crate::scalar::Call;
use crate::signature::Signature;
use crate::table::TableFunction;
use crate::window::WindowFunction;
use crate::writer::TableWriter;
use crate::{Error, Options};

/// What the optimiser can assume of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volatility {
    /// The same arguments always give the same result.
    Immutable,
    /// The same arguments give the same result within one query.
    Stable,
    /// Every call can give another result.
    Volatile,
}

/// What a function gives for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value for each row.
    Scalar,
    /// A value for each group of rows.
    Aggregate,
    /// A value for each row of an ordered partition.
    Window,
    /// Rows for values.
    Table,
    /// Batches for batches.
    MapBatches,
    /// Rows for all rows of a key.
    GroupedMap,
    /// Rows for all rows of a key in two tables.
    CogroupedMap,
    /// A table for what lies somewhere.
    Reader,
    /// What lies somewhere for a table.
    Writer,
}

impl Kind {
    /// For people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar function",
            Self::Aggregate => "aggregate function",
            Self::Window => "window function",
            Self::Table => "table function",
            Self::MapBatches => "map over batches",
            Self::GroupedMap => "map over groups",
            Self::CogroupedMap => "map over groups of two tables",
            Self::Reader => "reader",
            Self::Writer => "writer",
        }
    }
}

/// What can stand in `export!`: whatever an attribute of this crate was put above.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that Arrowbox knows",
    label = "not a function of this library",
    note = "put the attribute of its kind above the function, or above its `impl` block: `#[scalar]`, `#[aggregate]`, `#[window]`, `#[table]`, `#[map_batches]`, `#[grouped_map]`, `#[cogrouped_map]`, `#[reader]` or `#[writer]`"
)]
pub trait Function {
    /// Its line of the table of contents.
    const ENTRY: Entry;
}

/// A line of a library's table of contents.
#[derive(Clone, Copy)]
pub struct Entry {
    /// In SQL.
    pub name: &'static str,
    /// What the optimiser can assume.
    pub volatility: Volatility,
    /// Whether the result is null wherever an argument is.
    pub strict: bool,
    /// What the function needs to be granted.
    pub grants: &'static [&'static str],
    /// The first line is the summary.
    pub documentation: &'static str,
    /// How it is called.
    pub signature: fn() -> Signature,
    /// Of the function's kind.
    pub open: Open,
}

/// Opens a function that is called with columns of these fields.
type OpenWith<T> = fn(&[FieldRef], &Options) -> Result<Box<T>, Error>;

/// Opens a function that is called with tables.
type OpenOn<C, T> = fn(C, &Options) -> Result<Box<T>, Error>;

/// How a function of each kind begins to serve one place in a query.
#[derive(Clone, Copy)]
pub enum Open {
    /// With the fields of the arguments.
    Scalar(OpenWith<dyn Call>),
    /// With the fields of the arguments.
    Aggregate(OpenWith<dyn Accumulator>),
    /// With the fields of the arguments.
    Window(OpenWith<dyn WindowFunction>),
    /// With the fields of the arguments.
    Table(OpenWith<dyn TableFunction>),
    /// With the fields of the table, and the arguments behind it.
    MapBatches(OpenOn<TableCall, dyn BatchMapper>),
    /// With the fields and the key of the table, and the arguments behind it.
    GroupedMap(OpenOn<GroupedCall, dyn GroupMapper>),
    /// As `GroupedMap`, with two tables.
    CogroupedMap(OpenOn<CogroupedCall, dyn GroupMapper>),
    /// What is to be read says `files`.
    Reader(fn(&Options) -> Result<Box<dyn TableReader>, Error>),
    /// With the fields of the rows that come.
    Writer(OpenWith<dyn TableWriter>),
}

impl Open {
    /// Of the function.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Scalar(_) => Kind::Scalar,
            Self::Aggregate(_) => Kind::Aggregate,
            Self::Window(_) => Kind::Window,
            Self::Table(_) => Kind::Table,
            Self::MapBatches(_) => Kind::MapBatches,
            Self::GroupedMap(_) => Kind::GroupedMap,
            Self::CogroupedMap(_) => Kind::CogroupedMap,
            Self::Reader(_) => Kind::Reader,
            Self::Writer(_) => Kind::Writer,
        }
    }
}

/// The functions of a component. `export!` implements it.
pub trait Library: 'static {
    /// In the order in which they were listed.
    const ENTRIES: &'static [Entry];
}

/// The kinds of functions that a library has, as bits.
struct Kinds<L>(PhantomData<L>);

impl<L: Library> Kinds<L> {
    const BITS: u32 = {
        let (mut bits, mut index) = (0, 0);
        while index < L::ENTRIES.len() {
            bits |= 1 << L::ENTRIES[index].open.kind() as u32;
            index += 1;
        }
        bits
    };
}

/// Whether a library has functions of a kind. Known when it is compiled: a component without them has
/// nothing in it of what the kind needs.
#[inline(always)]
pub(crate) const fn has<L: Library>(kind: Kind) -> bool {
    Kinds::<L>::BITS & (1 << kind as u32) != 0
}

/// Nobody has a function of this kind and name.
pub(crate) fn unknown(kind: Kind, name: &str) -> Error {
    Error::new(format_args!("no such {}: {name}", kind.name()))
}

/// Finds the function of this kind and name that can be called with these arguments.
///
/// # Errors
///
/// There is none.
pub(crate) fn find<'a>(
    entries: &'a [Entry],
    kind: Kind,
    name: &str,
    arguments: &[FieldRef],
) -> Result<&'a Entry, Error> {
    let mut named = entries
        .iter()
        .filter(|entry| entry.open.kind() == kind && entry.name == name)
        .peekable();
    if named.peek().is_none() {
        return Err(unknown(kind, name));
    }
    let found = named.find(|entry| (entry.signature)().accepts(arguments));
    found.ok_or_else(|| {
        let types: Vec<_> = arguments
            .iter()
            .map(|argument| argument.data_type().to_string())
            .collect();
        Error::new(format_args!(
            "{name} has no signature for ({})",
            types.join(", ")
        ))
    })
}

/// Finds a scalar function and opens it.
pub(crate) fn open(
    entries: &[Entry],
    name: &str,
    arguments: &[FieldRef],
    options: &Options,
) -> Result<Box<dyn Call>, Error> {
    match find(entries, Kind::Scalar, name, arguments)?.open {
        Open::Scalar(open) => open(arguments, options),
        _ => Err(unknown(Kind::Scalar, name)),
    }
}
