//! What the macro itself refuses.

use proc_macro2::TokenStream;
use quote::quote;

use super::derive;

fn error(item: TokenStream) -> String {
    match derive(item) {
        Ok(expanded) => panic!("it was accepted: {expanded}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_row_is_refused() {
    for (item, expected) in [
        (
            quote!(
                enum Shape {
                    Round,
                }
            ),
            "above a struct",
        ),
        (
            quote!(
                struct Pair(i64, i64);
            ),
            "the fields have names",
        ),
        (
            quote!(
                struct Nothing;
            ),
            "the fields have names",
        ),
        (
            quote!(
                struct Nothing {}
            ),
            "at least one column",
        ),
        (
            quote!(
                struct Few {
                    #[row(skip)]
                    a: i64,
                }
            ),
            "at least one column",
        ),
        (
            quote!(
                struct Any<T> {
                    value: T,
                }
            ),
            "can not be generic",
        ),
        (
            quote!(
                struct Lent<'a> {
                    text: &'a str,
                }
            ),
            "it owns its text",
        ),
        (
            quote!(
                struct Twins {
                    a: i64,
                    #[row(name = "a")]
                    b: i64,
                }
            ),
            "two columns `a`",
        ),
        (
            quote!(
                struct Odd {
                    #[row(rename = "b")]
                    a: i64,
                }
            ),
            "`#[row(skip)]` or",
        ),
        (
            quote!(
                struct Odd {
                    #[row(skip, name = "b")]
                    a: i64,
                    b: i64,
                }
            ),
            "has no name",
        ),
    ] {
        let actual = error(item);
        assert!(actual.contains(expected), "{actual}");
    }
}

#[test]
fn columns_are_named_as_written() {
    let expanded = derive(quote!(
        struct Named {
            r#type: i64,
            #[row(name = "SUM")]
            total: f64,
        }
    ));
    let expanded = expanded.unwrap().to_string();
    assert!(expanded.contains("(\"type\")"), "{expanded}");
    assert!(expanded.contains("(\"SUM\")"), "{expanded}");
}
