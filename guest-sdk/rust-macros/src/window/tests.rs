//! What the macro itself refuses.

use proc_macro2::TokenStream;
use quote::quote;

use super::window;

fn error(attribute: TokenStream, item: TokenStream) -> String {
    match window(attribute, item) {
        Ok(expanded) => panic!("it was accepted: {expanded}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_refused() {
    let next = quote!(
        fn next(&mut self, value: f64) -> f64 {
            value
        }
    );
    let evaluate = quote!(
        fn evaluate(&self, values: &Float64Array) -> Float64Array {
            f()
        }
    );
    for (item, expected) in [
        (
            quote!(
                struct Mean;
            ),
            "above a function of arrays",
        ),
        (
            quote!(
                fn mean(value: f64) -> f64 {
                    value
                }
            ),
            "above an `impl` block with `fn next",
        ),
        (
            quote!(
                fn mean(&self, values: &Float64Array) -> Float64Array {
                    f()
                }
            ),
            "whole `impl` block",
        ),
        (quote!(impl Iterator for Mean {}), "of the type itself"),
        (
            quote!(impl Mean {}),
            "the block has `fn next(&mut self, …) -> …`",
        ),
        (
            quote!(impl Mean { #next #evaluate }),
            "either `next` or `evaluate`",
        ),
        (
            quote!(impl Mean { fn next(&self, value: f64) -> f64 { value } }),
            "`fn next(&mut self, …)",
        ),
        (
            quote!(impl Mean { fn next(&mut self, v: &Float64Array) -> Float64Array { f() } }),
            "values of one row",
        ),
        (
            quote!(impl Mean { fn evaluate(&self, value: f64) -> f64 { value } }),
            "columns of a whole partition",
        ),
        (
            quote!(impl Mean { fn next(&mut self, value: f64) {} }),
            "write what it returns",
        ),
    ] {
        let actual = error(TokenStream::new(), item);
        assert!(actual.contains(expected), "{actual}");
    }
    let actual = error(quote!(returns = "Int64"), quote!(impl Mean { #next }));
    assert!(
        actual.contains("the types that it is written with"),
        "{actual}"
    );
    window(quote!(returns = "Float64"), quote!(impl Mean { #evaluate })).unwrap();
}
