//! Kinds of functions that this SDK has none of: whoever opens one hears that there is none.

use crate::Error;
use crate::bindings::arrowbox::udf::types;
use crate::entry;
use crate::function::{self, Kind};

/// What can not be opened. There is no value of it, so nothing of it is ever called.
pub enum NoFunction {}

pub(super) fn none<T>(kind: Kind, name: &str) -> Result<T, types::Error> {
    entry::enter();
    Err(Error::into(function::unknown(kind, name)))
}

/// Implements a resource of which there is none: `open` refuses, the rest is not reached.
macro_rules! none {
    ($module:ident: $($resource:ident),*; $($trait:ident $({
        open($($parameter:ty),*) -> $opened:ident, $kind:ident
    })? $(
        $method:ident($($argument:ty),*) -> $result:ty
    )*;)*) => {
        impl<L: crate::function::Library> $module::Guest for L {
            $(type $resource = super::stubs::NoFunction;)*
        }

        $(impl $module::$trait for super::stubs::NoFunction {
            $(fn open(name: String, $(_: $parameter),*) -> Result<$module::$opened, Error> {
                super::stubs::none(crate::function::Kind::$kind, &name)
            })?

            $(fn $method(&self, $(_: $argument),*) -> $result {
                match *self {}
            })*
        })*
    };
}
