//! What the macro itself refuses.

use proc_macro2::TokenStream;
use quote::quote;

use super::aggregate;

fn error(attribute: TokenStream, item: TokenStream) -> String {
    match aggregate(attribute, item) {
        Ok(expanded) => panic!("it was accepted: {expanded}"),
        Err(error) => error.to_string(),
    }
}

fn block(methods: TokenStream) -> TokenStream {
    quote!(impl Mean { #methods })
}

#[test]
fn blocks_that_are_refused() {
    let update = quote!(
        fn update(&mut self, value: f64) {}
    );
    let merge = quote!(
        fn merge(&mut self, other: Self) {}
    );
    let evaluate = quote!(
        fn evaluate(&self) -> f64 {
            0.0
        }
    );
    for (item, expected) in [
        (
            quote!(
                fn mean(values: &[f64]) -> f64 {
                    0.0
                }
            ),
            "above an `impl` block with `update`",
        ),
        (quote!(impl Clone for Mean {}), "of the type itself"),
        (
            quote!(
                impl<T> Mean<T> {}
            ),
            "can not be generic",
        ),
        (block(quote!(#update #merge)), "`fn evaluate(&self) -> …`"),
        (
            block(quote!(#update #evaluate)),
            "`fn merge(&mut self, other: Self)`",
        ),
        (
            block(quote!(fn update(&self, value: f64) {} #merge #evaluate)),
            "`fn update(&mut self, …)`",
        ),
        (
            block(quote!(fn update(&mut self, values: &Float64Array) {} #merge #evaluate)),
            "values of one row",
        ),
        (
            block(quote!(fn update(&mut self, value: String) {} #merge #evaluate)),
            "write `&str`",
        ),
        (
            block(quote!(fn update(&mut self, out: &mut Text) {} #merge #evaluate)),
            "values of one row",
        ),
        (
            block(quote!(#update fn merge(&mut self, other: &Self) {} #evaluate)),
            "other: Self",
        ),
        (
            block(quote!(#update fn merge(&mut self) {} #evaluate)),
            "other: Self",
        ),
        (
            block(quote!(#update #merge fn evaluate(&mut self) -> f64 { 0.0 })),
            "`fn evaluate(&self)",
        ),
        (
            block(quote!(#update #merge fn evaluate(&self, x: f64) -> f64 { 0.0 })),
            "`fn evaluate(&self)",
        ),
        (
            block(quote!(#update #merge fn evaluate(&self) {})),
            "write what it returns",
        ),
        (
            block(quote!(#update #merge #evaluate fn retract(&mut self) {})),
            "with the parameters of `update`",
        ),
        (
            block(quote!(#update #merge #evaluate fn new(factor: f64) -> Self { Self })),
            "`new` takes",
        ),
    ] {
        let actual = error(TokenStream::new(), item);
        assert!(actual.contains(expected), "{actual}");
    }
    let whole = block(quote!(#update #merge #evaluate));
    let actual = error(quote!(returns = "Float64"), whole.clone());
    assert!(
        actual.contains("the types that it is written with"),
        "{actual}"
    );
    aggregate(quote!(name = "mean", stable), whole).unwrap();
}
