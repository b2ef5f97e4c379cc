//! The two ways in which arrays cross, and what guests of each may be.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How buffers cross. A component of the native lane exports `arrowbox:udf/memory`, one of the portable lane does
/// not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lane {
    /// As spans of the guest's memory, which the host reads and writes in place.
    Native,
    /// As bytes, which are copied in both directions, or not at all: as columns that stay with the host.
    Portable,
}

/// What a component may be, and what its instances may take beside their memory.
pub(super) struct Bounds {
    /// Bytes of a component.
    pub(super) component: u64,
    /// Functions of all modules.
    pub(super) functions: u64,
    /// Bytes of one function's body. Register allocation is more than linear in it.
    pub(super) body: u64,
    /// Local variables of one function.
    pub(super) locals: u64,
    /// Bytes of code of all functions.
    pub(super) code: u64,
    /// Memories of all modules.
    pub(super) memories: u64,
    /// Modules and nested components.
    pub(super) parts: u64,
    /// Core instances, and tables, of an instance.
    pub(super) items: usize,
    /// Stack that a guest can use, in bytes.
    pub(super) stack: usize,
    /// How long compiling a component may take.
    pub(super) compile_time: Duration,
}

/// Compilers of guests stay far below these.
const NATIVE: Bounds = Bounds {
    component: 64 << 20,
    functions: 100_000,
    body: 512 << 10,
    locals: 10_000,
    code: 32 << 20,
    memories: 1,
    parts: 1_000,
    items: 64,
    stack: 256 << 10,
    compile_time: Duration::from_secs(600),
};

/// An interpreter with its library: tens of thousands of functions, of which one is a loop over all instructions, and
/// a memory that holds what was imported when the component was made. It recurses where its programs do, and notices by
/// itself when that goes too deep if there is stack enough until then.
const PORTABLE: Bounds = Bounds {
    component: 256 << 20,
    functions: 400_000,
    body: 4 << 20,
    locals: 50_000,
    code: 128 << 20,
    memories: 16,
    parts: 4_000,
    items: 1_000,
    stack: 16 << 20,
    compile_time: Duration::from_secs(600),
};

impl Lane {
    pub(super) fn bounds(self) -> &'static Bounds {
        match self {
            Self::Native => &NATIVE,
            Self::Portable => &PORTABLE,
        }
    }
}
