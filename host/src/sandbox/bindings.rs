//! The contract of `wit/`, generated.

#![allow(missing_docs, clippy::all, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "arrowbox:udf/native",
    imports: { default: trappable },
    require_store_data_send: true,
    with: { "arrowbox:udf/sink.file": super::imports::OpenFile },
});
