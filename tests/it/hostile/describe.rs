//! Guests that misbehave when they are asked what they are.

use arrowbox_host::{Binding, scalar_udf};
use arrowbox_tests::engine::{runtime, said};
use arrowbox_tests::fixtures::describing;

use super::{LONGEST, shown, still_works};

/// What `describe` does, and what its refusal must say.
const REFUSED: &[(&str, &[&str])] = &[
    ("million", &[]),
    ("nameless", &["name \"\"", "empty"]),
    ("twins", &["two functions of the name `twin`"]),
    ("long-name", &["name \"nnn", "too long"]),
    ("odd-name", &["name", "not printable"]),
    ("argument:nonsense", &["nonsense"]),
    ("argument:", &["formatted"]),
    ("argument:*x", &["formatted"]),
    ("result:nonsense", &["nonsense"]),
    ("result:*", &["formatted"]),
    ("result:w:-1", &["w:-1"]),
    ("result:w:99999999999", &["w:99999999999"]),
    ("result:d:999,0", &["d:999,0"]),
    ("result:d:5,9,7", &["d:5,9,7"]),
    ("result:+s:", &["formatted"]),
    ("result:+l", &["formatted"]),
    ("result:+r", &["formatted"]),
    ("result:+us:0,1", &["formatted"]),
    ("result:+us:900", &["formatted"]),
    ("result-parent:l", &["formatted"]),
    ("result-parent:+w:-3", &["+w:-3"]),
    ("result-parent:+m", &["formatted"]),
    ("result-dictionary:g", &["formatted"]),
    ("result-dictionary:u", &["formatted"]),
    ("children:3", &["formatted"]),
    ("children:4294967295", &["formatted"]),
    ("two-results", &["more than one column"]),
    ("no-signatures", &["`silent` has no signature"]),
    (
        "variadic-of-nothing",
        &["repeats its last argument and has none"],
    ),
    ("many-signatures", &[]),
    ("many-arguments", &[]),
    ("deep", &[]),
    ("documentation", &[]),
    ("metadata", &[]),
    ("sdk", &[]),
    ("spins", &["describe", "hit its time limit"]),
    ("traps", &["describe", "trapped", "unreachable"]),
    ("allocates", &["describe", "hit its memory limit"]),
];

#[tokio::test]
async fn a_component_that_makes_no_sense_of_itself_is_refused() {
    let mut wrong = Vec::new();
    for (mode, fragments) in REFUSED {
        let digest = runtime().store().put(&describing(mode)).expect("stored");
        let Err(error) = runtime().component(digest) else {
            wrong.push(format!("{mode} went unnoticed"));
            continue;
        };
        let message = said(&error);
        let short = digest.short();
        for fragment in fragments.iter().copied().chain([short.as_str()]) {
            if !message.contains(fragment) {
                wrong.push(format!("{mode}: no {fragment:?} in: {}", shown(&message)));
            }
        }
        if message.len() >= LONGEST {
            wrong.push(format!("{mode}: a message of {} bytes", message.len()));
        }
        if message.contains(|c: char| c.is_control() && c != '\n') {
            wrong.push(format!(
                "{mode}: control characters reach the terminal: {:?}",
                shown(&message)
            ));
        }
        still_works().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_component_without_functions_is_one() {
    let digest = runtime()
        .store()
        .put(&describing("nothing"))
        .expect("stored");
    assert!(
        runtime()
            .component(digest)
            .expect("a component")
            .description()
            .functions
            .is_empty()
    );
    let error = scalar_udf(runtime(), Binding::new(digest, "gcd")).unwrap_err();
    assert!(said(&error).contains("no function `gcd`"), "{error}");
}

#[tokio::test]
async fn a_function_of_another_kind_or_with_an_unknown_grant_can_not_be_bound() {
    for (mode, function, fragments) in [
        ("other-kind", "other", ["`other`", "aggregate"]),
        ("unknown-grant", "greedy", ["`greedy`", "the moon"]),
    ] {
        let digest = runtime().store().put(&describing(mode)).expect("stored");
        let message = said(&scalar_udf(runtime(), Binding::new(digest, function)).unwrap_err());
        for fragment in fragments {
            assert!(
                message.contains(fragment),
                "{mode}: no {fragment:?} in: {message}"
            );
        }
    }
}
