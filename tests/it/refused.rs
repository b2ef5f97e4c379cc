//! Components that are refused before any of them runs, or before it describes itself.

use std::time::{Duration, Instant};

use arrowbox_tests::engine::{runtime, said, stored};
use arrowbox_tests::fixtures;

/// How one is made, and what its refusal must say.
type Case = (&'static str, fn() -> Vec<u8>, &'static [&'static str]);

const CASES: &[Case] = &[
    ("not wasm", fixtures::not_wasm, &["not WebAssembly"]),
    ("an empty file", Vec::new, &["not WebAssembly", "empty"]),
    ("four bytes", || b"\0asm".to_vec(), &["damaged"]),
    (
        "a core module",
        fixtures::core_module,
        &["core module, not a component", "arrowbox build"],
    ),
    (
        "a component that was cut off",
        fixtures::truncated,
        &["damaged at byte"],
    ),
    (
        "a component without exports",
        fixtures::empty_component,
        &["does not export `arrowbox:udf/library`"],
    ),
    (
        "a command",
        fixtures::command_component,
        &["wasi:http/types@0.2.0", "Arrowbox does not have"],
    ),
    (
        "a later version",
        || fixtures::of_version("0.9.0"),
        &["@0.9.0", "speaks version 0.1", "build it again"],
    ),
    (
        "an earlier version",
        || fixtures::of_version("0.0.1"),
        &["@0.0.1", "speaks version 0.1"],
    ),
    (
        "two memories",
        fixtures::two_memories,
        &["defines 2 memories", "exactly one"],
    ),
    (
        "a second module with a memory",
        fixtures::second_module_with_memory,
        &["defines 2 memories"],
    ),
    ("no memory", fixtures::no_memory, &["does not export"]),
    ("64-bit memory", fixtures::memory64, &["64-bit memory"]),
    ("shared memory", fixtures::shared_memory, &["shared memory"]),
    (
        "pages of one byte",
        fixtures::tiny_pages,
        &["custom-page-size memory"],
    ),
    (
        "a nested component with a memory",
        fixtures::nested_component,
        &["defines 2 memories"],
    ),
    ("components 500 deep", || fixtures::nested_deeply(500), &[]),
    (
        "components 20 000 deep",
        || fixtures::nested_deeply(20_000),
        &[],
    ),
    (
        "a start function that spins",
        fixtures::spinning_start,
        &["hit its time limit"],
    ),
    (
        "a start function that traps",
        fixtures::trapping_start,
        &["trapped", "unreachable"],
    ),
    (
        "a memory of 4 GiB",
        || fixtures::begins_at(65_536),
        &["hit its memory limit"],
    ),
    (
        "a table of 4 billion",
        || fixtures::huge_table(u32::MAX),
        &["table"],
    ),
    (
        "a function of 2 million instructions",
        || fixtures::huge_body(2_000_000),
        &["bytes of code in one function"],
    ),
    (
        "200 000 functions",
        || fixtures::many_functions(200_000),
        &["functions", "at most"],
    ),
    (
        "40 000 local variables",
        || fixtures::many_locals(40_000),
        &["local variables in one function"],
    ),
    (
        "a file of 100 MB",
        || fixtures::padded(100 << 20),
        &["bytes", "at most"],
    ),
];

#[test]
fn what_is_not_a_guest_is_refused_and_told_why() {
    let mut wrong = Vec::new();
    for (name, make, fragments) in CASES {
        let bytes = make();
        let begun = Instant::now();
        let digest = runtime()
            .store()
            .put(&bytes)
            .expect("a store takes any bytes");
        let Err(error) = runtime().component(digest) else {
            wrong.push(format!("{name} went unnoticed"));
            continue;
        };
        let took = begun.elapsed();
        let message = said(&error);
        for fragment in *fragments {
            if !message.contains(fragment) {
                wrong.push(format!("{name}: no {fragment:?} in: {message}"));
            }
        }
        if message.len() >= 4096 {
            wrong.push(format!("{name}: a message of {} bytes", message.len()));
        }
        if took > Duration::from_secs(30) {
            wrong.push(format!("{name}: refused after {took:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The host goes on.
    runtime()
        .component(stored("identity"))
        .expect("the next component works");
}

/// Not too large to be compiled: but then it must not take long.
#[test]
fn what_is_not_refused_compiles_in_bounded_time() {
    for (name, bytes) in [
        (
            "a branch to 60 000 places",
            fixtures::huge_branch_table(60_000),
        ),
        ("99 000 functions", fixtures::many_functions(99_000)),
        (
            "a function of 250 000 instructions",
            fixtures::huge_body(250_000),
        ),
    ] {
        let digest = runtime()
            .store()
            .put(&bytes)
            .expect("a store takes any bytes");
        let begun = Instant::now();
        let outcome = runtime().component(digest);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(60), "{name}: {took:?}");
        if let Err(error) = outcome {
            let message = said(&error);
            assert!(
                message.contains("limit") || message.contains("at most"),
                "{name}: {message}"
            );
        }
    }
}
