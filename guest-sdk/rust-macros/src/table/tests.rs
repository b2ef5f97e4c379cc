//! What the macro itself refuses, and what is lazy.

use proc_macro2::TokenStream;
use quote::quote;

use super::table;

fn error(attribute: TokenStream, item: TokenStream) -> String {
    match table(attribute, item) {
        Ok(expanded) => panic!("it was accepted: {expanded}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_refused() {
    for (item, expected) in [
        (
            quote!(
                struct Rows;
            ),
            "above a function that returns rows",
        ),
        (
            quote!(
                fn f(x: i64) {}
            ),
            "and returns rows",
        ),
        (
            quote!(
                fn f(x: &Int64Array) -> Vec<i64> {
                    f()
                }
            ),
            "the values of one row of arguments",
        ),
        (
            quote!(
                fn f(x: i64, out: &mut Text) -> Vec<i64> {
                    f()
                }
            ),
            "the values of one row of arguments",
        ),
        (
            quote!(
                fn f(&self, x: i64) -> Vec<i64> {
                    f()
                }
            ),
            "whole `impl` block",
        ),
        (
            quote!(
                async fn f(x: i64) -> Vec<i64> {
                    f()
                }
            ),
            "can not be async",
        ),
        (quote!(impl Default for Rows {}), "of the type itself"),
        (
            quote!(impl Rows { fn rows(&self) -> Vec<i64> { f() } }),
            "the block has `fn call(&self, …)",
        ),
        (
            quote!(impl Rows { fn call(&mut self) -> Vec<i64> { f() } }),
            "`call` takes `&self`",
        ),
    ] {
        let actual = error(TokenStream::new(), item);
        assert!(actual.contains(expected), "{actual}");
    }
    let item = quote!(
        fn f(x: i64) -> Vec<i64> {
            f()
        }
    );
    let actual = error(quote!(arguments("any")), item);
    assert!(
        actual.contains("the types that it is written with"),
        "{actual}"
    );
}

#[test]
fn what_borrows_nothing_is_lazy() {
    for (item, lazy) in [
        (
            quote!(
                fn f(x: i64, y: String) -> impl Iterator<Item = i64> {
                    f()
                }
            ),
            true,
        ),
        (
            quote!(
                fn f(x: Option<Vec<u8>>) -> Vec<i64> {
                    f()
                }
            ),
            true,
        ),
        (
            quote!(
                fn f() -> Result<Vec<i64>, Error> {
                    f()
                }
            ),
            true,
        ),
        (
            quote!(
                fn f(x: &str) -> impl Iterator<Item = i64> {
                    f()
                }
            ),
            false,
        ),
        (
            quote!(
                fn f(x: Option<&str>) -> Vec<i64> {
                    f()
                }
            ),
            false,
        ),
        (
            quote!(
                fn f(x: &[i64]) -> Vec<i64> {
                    f()
                }
            ),
            false,
        ),
        (
            quote!(impl T { fn call(&self, x: i64) -> impl Iterator<Item = i64> { f() } }),
            false,
        ),
        (
            quote!(impl T { fn call(&self, x: i64) -> impl Iterator<Item = i64> + use<> { f() } }),
            true,
        ),
        (
            quote!(impl T { fn call(&self, x: i64) -> Result<impl Iterator<Item = i64>, E> { f() } }),
            false,
        ),
        (
            quote!(impl T { fn call(&self, x: i64) -> Box<dyn Iterator<Item = i64>> { f() } }),
            true,
        ),
    ] {
        let expanded = table(TokenStream::new(), item).unwrap().to_string();
        assert_eq!(expanded.contains(":: Lazy"), lazy, "{expanded}");
    }
}
