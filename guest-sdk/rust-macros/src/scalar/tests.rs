//! What the macro itself refuses, and the few things of what it writes that are not left to the compiler.

use proc_macro2::TokenStream;
use quote::quote;

use super::scalar;
use crate::block::snake_case;

fn error(attribute: TokenStream, item: TokenStream) -> String {
    match scalar(attribute, item) {
        Ok(expanded) => panic!("it was accepted: {expanded}"),
        Err(error) => error.to_string(),
    }
}

fn expanded(attribute: TokenStream, item: TokenStream) -> String {
    scalar(attribute, item).unwrap().to_string()
}

#[test]
fn signatures_that_are_refused() {
    for (item, expected) in [
        (
            quote!(
                async fn f(x: i64) -> i64 {
                    x
                }
            ),
            "can not be async",
        ),
        (
            quote!(
                unsafe fn f(x: i64) -> i64 {
                    x
                }
            ),
            "has to be safe",
        ),
        (
            quote!(
                fn f<T>(x: T) -> T {
                    x
                }
            ),
            "write one function for each type",
        ),
        (
            quote!(
                fn f<const N: usize>(x: i64) -> i64 {
                    x
                }
            ),
            "write one function for each type",
        ),
        (
            quote!(
                fn f(x: impl Into<i64>) -> i64 {
                    x.into()
                }
            ),
            "say which type",
        ),
        (
            quote!(
                fn f(&self, x: i64) -> i64 {
                    x
                }
            ),
            "above its whole `impl` block",
        ),
        (
            quote!(
                fn f(x: i64) {}
            ),
            "write what it returns, `-> i64`",
        ),
        (
            quote!(
                fn f(x: Option<Option<i64>>) -> i64 {
                    1
                }
            ),
            "write one `Option`",
        ),
        (
            quote!(
                fn f(x: &[Option<Option<&str>>]) -> i64 {
                    1
                }
            ),
            "write one `Option`",
        ),
        (
            quote!(
                fn f(x: i64) -> Option<Option<i64>> {
                    None
                }
            ),
            "write one `Option`",
        ),
        (
            quote!(
                fn f(x: i64) -> Result<Option<Option<i64>>, Error> {
                    Ok(None)
                }
            ),
            "write one `Option`",
        ),
        (
            quote!(
                fn f(x: &str, a: &mut Text, b: &mut Text) {}
            ),
            "the last one, and there is one only",
        ),
        (
            quote!(
                fn f(out: &mut Text, x: &str) {}
            ),
            "the last one, and there is one only",
        ),
        (
            quote!(
                fn f(x: &str, out: &mut String) {}
            ),
            "`out: &mut Text` and `out: &mut Bytes`",
        ),
        (
            quote!(
                fn f(x: String) -> i64 {
                    1
                }
            ),
            "write `&str`",
        ),
        (
            quote!(
                fn f(x: &String) -> i64 {
                    1
                }
            ),
            "write `&str`",
        ),
        (
            quote!(
                fn f(x: Vec<u8>) -> i64 {
                    1
                }
            ),
            "write `&[u8]`",
        ),
        (
            quote!(
                fn f(x: Int64Array) -> Int64Array {
                    x
                }
            ),
            "write `&` before the type",
        ),
        (
            quote!(
                fn f(x: &dyn Array) -> ArrayRef {
                    x
                }
            ),
            "write `&ArrayRef`",
        ),
        (
            quote!(
                fn f(x: &[Int64Array]) -> ArrayRef {
                    x
                }
            ),
            "write `&[ArrayRef]`",
        ),
        (
            quote!(
                fn f(x: &[i64], y: i64) -> i64 {
                    y
                }
            ),
            "a slice takes all arguments that are left",
        ),
        (
            quote!(
                fn f(x: &[ArrayRef], y: &ArrayRef) -> ArrayRef {
                    y
                }
            ),
            "a slice takes all arguments",
        ),
        (
            quote!(
                fn f(x: &Int64Array, y: i64) -> Int64Array {
                    x
                }
            ),
            "all values of one row, or all arrays",
        ),
        (
            quote!(
                fn f(x: &StringArray, out: &mut Text) {}
            ),
            "no parameter to write to",
        ),
        (
            quote!(
                struct S;
            ),
            "stands above a function, or above an `impl` block",
        ),
    ] {
        let actual = error(quote!(), item.clone());
        assert!(actual.contains(expected), "{item}\n{actual}");
    }
}

#[test]
fn blocks_that_are_refused() {
    for (item, expected) in [
        (
            quote!(impl T for S { fn call(&self, x: i64) -> i64 { x } }),
            "of the type itself",
        ),
        (
            quote!(
                impl<T> S<T> {
                    fn call(&self, x: i64) -> i64 {
                        x
                    }
                }
            ),
            "can not be generic",
        ),
        (
            quote!(impl S { fn call(&self, x: i64) -> i64 { x } }),
            "the block has `fn new(options: &Options)",
        ),
        (
            quote!(impl S { fn new() -> Self { S } }),
            "the block has `fn new(options: &Options)",
        ),
        (
            quote!(impl S { fn new() -> Self { S } fn call(&mut self, x: i64) -> i64 { x } }),
            "`call` takes `&self`",
        ),
        (
            quote!(impl S { fn new() -> Self { S } fn call(x: i64) -> i64 { x } }),
            "`call` takes `&self`",
        ),
        (
            quote!(impl S { fn new(x: i64) -> Self { S } fn call(&self, x: i64) -> i64 { x } }),
            "`new` takes `options: &Options` or nothing",
        ),
        (
            quote!(impl S { fn new() -> i64 { 1 } fn call(&self, x: i64) -> i64 { x } }),
            "`new` returns `Self`",
        ),
        (
            quote!(impl S { fn new() -> Self { S } fn call(&self, x: String) -> i64 { 1 } }),
            "write `&str`",
        ),
    ] {
        let actual = error(quote!(), item.clone());
        assert!(actual.contains(expected), "{item}\n{actual}");
    }
}

#[test]
fn attributes_that_are_refused() {
    let row = quote!(
        fn f(x: i64) -> i64 {
            x
        }
    );
    let column = quote!(
        fn f(x: &ArrayRef) -> ArrayRef {
            x.clone()
        }
    );
    for (attribute, item, expected) in [
        (quote!(strict), &row, "`strict`: `#[scalar]` takes"),
        (quote!("f"), &row, "`#[scalar]` takes"),
        (quote!(name = 5), &row, "expected string literal"),
        (quote!(name = ""), &row, "has a name"),
        (
            quote!(volatile, stable),
            &row,
            "either `volatile` or `stable`",
        ),
        (quote!(stable, stable), &row, "`stable` is there twice"),
        (quote!(grants = "clock"), &row, "expected parentheses"),
        (quote!(volatile name = "f"), &row, "expected `,`"),
        (
            quote!(returns = "Int64"),
            &row,
            "are for functions of arrays",
        ),
        (quote!(returns = rule), &row, "are for functions of arrays"),
        (
            quote!(arguments("Int64")),
            &row,
            "are for functions of arrays",
        ),
        (
            quote!(arguments("any", "any")),
            &column,
            "declares 2 types for 1 parameters",
        ),
    ] {
        let actual = error(attribute.clone(), item.clone());
        assert!(actual.contains(expected), "{attribute}\n{actual}");
    }
}

#[test]
fn names() {
    for (item, expected) in [
        (
            quote!(
                fn add_one(x: i64) -> i64 {
                    x
                }
            ),
            "\"add_one\"",
        ),
        (
            quote!(
                fn r#move(x: i64) -> i64 {
                    x
                }
            ),
            "\"move\"",
        ),
        (
            quote!(impl JsonPath { fn new() -> Self { S } fn call(&self, x: i64) -> i64 { x } }),
            "\"json_path\"",
        ),
    ] {
        let expanded = expanded(quote!(), item);
        assert!(
            expanded.contains(&format!("name : {expected}")),
            "{expanded}"
        );
    }
    let named = expanded(
        quote!(name = "other"),
        quote!(
            fn f(x: i64) -> i64 {
                x
            }
        ),
    );
    assert!(named.contains("name : \"other\""), "{named}");
    for (name, expected) in [
        ("S", "s"),
        ("JsonPath", "json_path"),
        ("Utf8", "utf8"),
        ("MD5", "md5"),
        ("A1B", "a1_b"),
    ] {
        assert_eq!(snake_case(name), expected);
    }
}

#[test]
fn documentation_is_what_the_comment_says() {
    let item = quote! {
        #[doc = " One line."]
        #[doc = ""]
        #[doc = "   Indented."]
        #[inline]
        fn f(x: i64) -> i64 { x }
    };
    let expanded = expanded(quote!(), item);
    assert!(
        expanded.contains(r#""One line.\n\n  Indented.""#),
        "{expanded}"
    );
}

#[test]
fn lifetimes_are_left_to_the_compiler() {
    let item = quote!(
        fn f<'a>(x: &'a str, y: &'static str, z: Cow<'a, str>) -> &'a str {
            x
        }
    );
    let expanded = expanded(quote!(), item);
    let (_, implementation) = expanded.split_once("const _").unwrap();
    assert!(!implementation.contains("'a "), "{implementation}");
    assert!(
        implementation.contains("& 'static str as"),
        "{implementation}"
    );
    assert!(
        implementation.contains("Cow < '_ , str >"),
        "{implementation}"
    );
}
