//! Structured control flow for the functions of Go.
//!
//! Go's compiler writes the blocks of a function one after another into a loop around a `br_table`, and whatever jumps
//! sets the number of a block and begins that loop again. So every turn of every loop of the source is an indirect jump,
//! of which a compiler of WebAssembly understands nothing. Here the blocks are put into loops and blocks of WebAssembly
//! again. What stays of the table is what it is for: a stack that was unwound, to run another goroutine, is entered again
//! by calling its functions with the number of the block that follows the call.
//!
//! A function of another shape, or with a loop that has two entries, stays as it is.

mod blocks;
mod flow;
mod paths;
mod write;

use std::collections::HashSet;

use wasmparser::FunctionBody;

use self::blocks::Function;
use self::paths::Paths;

/// The same function with structured control flow, if that can be said of it: what goes into the section of code. Calls
/// of functions in `endless` never return: what seems to follow them does not.
pub(super) fn structured(body: &FunctionBody<'_>, endless: &HashSet<u32>) -> Option<Vec<u8>> {
    let function = Function::read(body, endless)?;
    let paths = Paths::of(&function)?;
    write::written(&function, &paths)
}

/// Whether a function of Go never returns, as its compiler knows by the name.
pub(super) fn is_endless(name: &str) -> bool {
    let Some(name) = name.strip_prefix("runtime.") else {
        return false;
    };
    let families = ["goPanic", "panicdottype", "panicunsafe"];
    families.iter().any(|family| name.starts_with(family))
        || matches!(
            name,
            "block"
                | "gopanic"
                | "panicdivide"
                | "panicmakeslicecap"
                | "panicmakeslicelen"
                | "panicnildottype"
                | "panicrangestate"
                | "panicshift"
                | "panicwrap"
                | "throw"
        )
}

#[cfg(test)]
mod tests;
