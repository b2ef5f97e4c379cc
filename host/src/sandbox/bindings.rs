//! The contract of `wit/`, generated: its types, and what guests import.
//!
//! The two worlds have the same types and the same imports, but that `columns` is for guests of the portable
//! lane alone, and the same exports, but that `memory` is for guests of the native lane alone. So one set of types
//! serves both. The exports are looked up by [`exports`](super::exports), because they are called in two ways.

#![allow(missing_docs, clippy::all, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "arrowbox:udf/portable",
    imports: { default: trappable },
    require_store_data_send: true,
    with: {
        "arrowbox:udf/sink.file": super::imports::OpenFile,
        "arrowbox:udf/columns.column": super::columns::Held,
    },
});
