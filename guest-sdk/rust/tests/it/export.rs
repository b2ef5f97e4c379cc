//! The table of contents.

use arrowbox_sdk::__private::{ArgumentType, Description, Volatility, describe};
use arrowbox_sdk::datatypes::DataType;
use arrowbox_sdk::{Function, clock, random, scalar};

/// The larger of two numbers.
#[scalar(name = "larger")]
fn larger_integer(a: i64, b: i64) -> i64 {
    a.max(b)
}

#[scalar(name = "larger", volatile, grants("random"))]
fn larger_text<'a>(a: &'a str, b: Option<&'a str>) -> &'a str {
    a.max(b.unwrap_or(a))
}

#[scalar(volatile, grants("clock", "random"))]
fn entropy() -> u64 {
    let mut bytes = [0; 8];
    random::fill(&mut bytes);
    u64::from_le_bytes(bytes) ^ clock::now().ticks() as u64
}

#[scalar(arguments("Int46"), returns = "Int64")]
fn misspelt(values: &arrowbox_sdk::array::Int64Array) -> arrowbox_sdk::array::Int64Array {
    values.clone()
}

arrowbox_sdk::export!(larger_integer, larger_text, entropy);

fn described() -> Vec<Description> {
    describe(&[larger_integer::ENTRY, entropy::ENTRY, larger_text::ENTRY])
}

#[test]
fn functions_of_one_name_are_one_function() {
    let [larger, entropy] = &described()[..] else {
        panic!("there are two names");
    };
    assert_eq!((larger.name, larger.signatures.len()), ("larger", 2));
    assert_eq!(larger.documentation, "The larger of two numbers.");
    assert_eq!(larger.volatility, Volatility::Volatile);
    assert_eq!(larger.grants, ["random"]);
    assert!(!larger.strict);
    let arguments = &larger.signatures[0].arguments;
    assert_eq!(arguments[1], ("b", ArgumentType::Exactly(DataType::Int64)));
    assert!(larger.signatures[0].nullable);
    assert_eq!((entropy.name, entropy.grants.len()), ("entropy", 2));
    assert!(!entropy.signatures[0].nullable);
}

#[test]
#[should_panic(expected = "`larger` is exported twice with the same arguments")]
fn the_same_signature_twice_is_refused() {
    describe(&[larger_integer::ENTRY, larger_integer::ENTRY]);
}

#[test]
#[should_panic(expected = "`arguments(\"Int46\")`")]
fn a_type_that_is_none_is_refused() {
    describe(&[misspelt::ENTRY]);
}

#[test]
fn clock_and_randomness_work_outside_of_a_host() {
    assert_ne!(entropy(), entropy());
    assert!(clock::since_epoch().as_secs() > 1_700_000_000);
}
