//! What `wit/` becomes in Rust.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "it is generated"
)]

wit_bindgen::generate!({
    world: "native",
    path: "../../wit",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "::arrowbox_sdk::bindings",
    runtime_path: "::arrowbox_sdk::wit_bindgen::rt",
    generate_all,
});
