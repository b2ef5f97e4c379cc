//! The list of what the functions of this component do.

use crate::bindings::arrowbox::udf::arrow::{Batch, Field, FieldFlags};
use crate::bindings::arrowbox::udf::types::Error;
use crate::{calls, contents, faults, grants, shapes, tricks, views};

/// What `invoke` does with its one argument.
pub(crate) type Deed = fn(Batch) -> Result<Batch, Error>;

/// A function: its name, what it says that it returns, and what it does.
pub(crate) struct Misdeed {
    pub(crate) name: &'static str,
    pub(crate) result: &'static [Part],
    pub(crate) invoke: Deed,
}

/// One field of a schema, in pre-order.
pub(crate) struct Part {
    pub(crate) format: &'static str,
    pub(crate) children: u32,
    pub(crate) dictionary: bool,
    pub(crate) nullable: bool,
}

impl Misdeed {
    pub(crate) const fn new(name: &'static str, result: &'static [Part], invoke: Deed) -> Self {
        Self {
            name,
            result,
            invoke,
        }
    }

    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        all().find(|misdeed| misdeed.name == name)
    }
}

/// Every function.
pub(crate) fn all() -> impl Iterator<Item = &'static Misdeed> {
    [
        faults::MISDEEDS,
        calls::MISDEEDS,
        shapes::MISDEEDS,
        contents::MISDEEDS,
        views::MISDEEDS,
        tricks::MISDEEDS,
        grants::MISDEEDS,
    ]
    .into_iter()
    .flatten()
}

/// A schema of fields whose names are their places.
pub(crate) fn schema(parts: &[Part]) -> Vec<Field> {
    parts
        .iter()
        .enumerate()
        .map(|(place, part)| Field {
            name: format!("f{place}"),
            format: part.format.to_owned(),
            flags: if part.nullable {
                FieldFlags::NULLABLE
            } else {
                FieldFlags::empty()
            },
            children: part.children,
            dictionary: part.dictionary,
            metadata: Vec::new(),
        })
        .collect()
}

const fn leaf(format: &'static str) -> Part {
    parent(format, 0)
}

const fn parent(format: &'static str, children: u32) -> Part {
    Part {
        format,
        children,
        dictionary: false,
        nullable: true,
    }
}

/// Run ends, and the entries and keys of maps.
const fn required(format: &'static str, children: u32) -> Part {
    Part {
        format,
        children,
        dictionary: false,
        nullable: false,
    }
}

pub(crate) const INT64: &[Part] = &[leaf("l")];
pub(crate) const NULL: &[Part] = &[leaf("n")];
pub(crate) const UTF8: &[Part] = &[leaf("u")];
pub(crate) const LARGE_UTF8: &[Part] = &[leaf("U")];
pub(crate) const UTF8_VIEW: &[Part] = &[leaf("vu")];
pub(crate) const BINARY_VIEW: &[Part] = &[leaf("vz")];
pub(crate) const BOOLEAN: &[Part] = &[leaf("b")];
pub(crate) const NO_BYTES: &[Part] = &[leaf("w:0")];
pub(crate) const NO_ITEMS: &[Part] = &[parent("+w:0", 1), leaf("l")];
pub(crate) const PAIRS: &[Part] = &[parent("+w:2", 1), leaf("l")];
pub(crate) const EMPTY_STRUCT: &[Part] = &[parent("+s", 0)];
pub(crate) const STRUCT: &[Part] = &[parent("+s", 2), leaf("l"), leaf("l")];
pub(crate) const LIST: &[Part] = &[parent("+l", 1), leaf("l")];
pub(crate) const LIST_VIEW: &[Part] = &[parent("+vl", 1), leaf("l")];
pub(crate) const MAP: &[Part] = &[
    parent("+m", 1),
    required("+s", 2),
    required("u", 0),
    leaf("l"),
];
pub(crate) const SPARSE_UNION: &[Part] = &[parent("+us:0,1", 2), leaf("l"), leaf("l")];
pub(crate) const DENSE_UNION: &[Part] = &[parent("+ud:0,1", 2), leaf("l"), leaf("l")];
pub(crate) const RUNS: &[Part] = &[parent("+r", 2), required("i", 0), leaf("l")];
pub(crate) const DICTIONARY: &[Part] = &[
    Part {
        format: "i",
        children: 0,
        dictionary: true,
        nullable: true,
    },
    leaf("u"),
];
