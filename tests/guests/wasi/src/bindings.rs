//! The part of WASI that is asked.

#![allow(missing_docs, reason = "generated")]

wit_bindgen::generate!({
    path: "wit",
    generate_all,
});
