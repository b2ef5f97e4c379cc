//! Putting bytes somewhere in this memory and saying where. Nothing is ever freed.

use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer, Node, Span};

/// Values of which every bit pattern can be shown to the host.
pub(crate) trait Plain: Copy + 'static {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for i32 {}
impl Plain for u32 {}
impl Plain for i64 {}
impl Plain for u128 {}

/// A span of these values.
pub(crate) fn span<T: Plain>(values: Vec<T>) -> Span {
    span_of(values.leak())
}

/// A span of values that are already somewhere.
pub(crate) fn span_of<T: Plain>(values: &'static [T]) -> Span {
    Span {
        address: values.as_ptr() as usize as u32,
        length: size_of_val(values) as u32,
    }
}

/// A buffer of these values.
pub(crate) fn buffer<T: Plain>(values: Vec<T>) -> Buffer {
    Buffer::Span(span(values))
}

/// A buffer of no bytes: a validity without nulls.
pub(crate) fn nothing() -> Buffer {
    Buffer::Span(Span {
        address: 0,
        length: 0,
    })
}

/// An array without nulls.
pub(crate) fn node(length: u64) -> Node {
    Node {
        length,
        null_count: 0,
    }
}

/// A batch without views.
pub(crate) fn batch(rows: u64, nodes: Vec<Node>, buffers: Vec<Buffer>) -> Batch {
    Batch {
        rows,
        nodes,
        buffers,
        variadic: Vec::new(),
    }
}

/// As many zeroes as a static can stand for.
static ZEROES: [i64; 1 << 14] = [0; 1 << 14];

/// A proper result: zero for each row.
pub(crate) fn zeroes(rows: u64) -> Batch {
    let values = match ZEROES.get(..rows as usize) {
        // What is given without end takes no memory.
        Some(zeroes) => Buffer::Span(span_of(zeroes)),
        None => buffer(vec![0_i64; rows as usize]),
    };
    batch(rows, vec![node(rows)], vec![nothing(), values])
}

/// The bytes of the whole memory, at the moment.
pub(crate) fn memory_size() -> usize {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size(0) << 16;
    #[cfg(not(target_arch = "wasm32"))]
    return 1 << 16;
}

/// Asks for more pages; whether there were any.
pub(crate) fn grow(pages: usize) -> bool {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_grow(0, pages) != usize::MAX;
    #[cfg(not(target_arch = "wasm32"))]
    return pages == 0;
}

/// What `unreachable` does.
pub(crate) fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}
