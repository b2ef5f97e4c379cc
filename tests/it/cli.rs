//! What a user is told at the command line, and the number that a script gets.

use std::fs;
use std::path::Path;

use arrowbox_tests::command::{Arrowbox, Ran};
use arrowbox_tests::{component, fixtures};

/// Runs SQL with the functions of a component.
fn sql(component: &Path, arguments: &[&str], sql: &str) -> Ran {
    let data = tempfile::tempdir().unwrap();
    let fixed = [
        "sql",
        "--format",
        "csv",
        "--component",
        component.to_str().unwrap(),
    ];
    Arrowbox::new(data.path(), fixed.iter().chain(arguments).chain([&sql])).run()
}

#[test]
fn a_file_that_is_no_guest_is_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, said) in [
        ("text.wasm", fixtures::not_wasm(), "not WebAssembly"),
        ("empty.wasm", Vec::new(), "empty"),
        (
            "core.wasm",
            fixtures::core_module(),
            "core module, not a component",
        ),
        (
            "other.wasm",
            fixtures::command_component(),
            "wasi:http/types",
        ),
        ("later.wasm", fixtures::of_version("0.9.0"), "@0.9.0"),
        (
            "memories.wasm",
            fixtures::two_memories(),
            "defines 2 memories",
        ),
        ("start.wasm", fixtures::trapping_start(), "trapped"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        sql(&path, &[], "SELECT 1").fails(5, &[said]);
        let data = tempfile::tempdir().unwrap();
        let file = path.to_str().unwrap();
        for arguments in [
            vec!["inspect", file],
            vec!["functions", "add", file],
            vec!["test", file, "f", "1"],
        ] {
            Arrowbox::new(data.path(), arguments)
                .run()
                .fails(5, &[said]);
        }
        let create = format!("CREATE FUNCTION f LANGUAGE WASM AS '{file}'");
        Arrowbox::new(data.path(), ["sql", &create])
            .run()
            .fails(5, &[said]);
        let listed = Arrowbox::new(data.path(), ["functions", "list", "--format", "json"])
            .run()
            .ok();
        assert_eq!(listed.trim(), "[]", "{name}");
    }
    let missing = folder.path().join("missing.wasm");
    let ran = sql(&missing, &[], "SELECT 1");
    assert!(ran.stderr.contains("missing.wasm"), "{}", ran.stderr);
    assert!(matches!(ran.code, Some(1 | 5)), "{:?}", ran.code);
}

#[test]
fn a_wrong_call_says_what_would_be_right() {
    let gcd = component::path("gcd");
    sql(&gcd, &[], "SELECT gdc(12, 18)").fails(1, &["gdc"]);
    sql(&gcd, &[], "SELECT gcd(12)").fails(1, &["gcd", "Int64"]);
    sql(&gcd, &[], "SELECT gcd(true, 18)").fails(1, &["gcd", "Boolean", "Int64"]);
    let file = gcd.to_str().unwrap();
    let data = tempfile::tempdir().unwrap();
    let create = format!("CREATE FUNCTION f LANGUAGE WASM AS '{file}', 'nothing'");
    Arrowbox::new(data.path(), ["sql", &create])
        .run()
        .fails(1, &["nothing", "gcd"]);
    Arrowbox::new(
        data.path(),
        ["functions", "add", file, "--function", "nothing"],
    )
    .run()
    .fails(1, &["nothing", "gcd"]);
}

#[test]
fn whose_fault_it_was_is_in_the_exit_code() {
    let hostile = component::path("hostile");
    let call = |function: &str| {
        sql(
            &hostile,
            &["--grant", "clock", "--grant", "random"],
            &format!("SELECT {function}(1)"),
        )
    };
    for (function, code, said) in [
        ("refuses", 3, "the guest refuses"),
        ("panics", 3, "faults.rs:7:9"),
        ("traps", 3, "unreachable"),
        ("recurses", 3, "recursed without end"),
        ("longer", 3, "broke the contract"),
        ("allocates", 4, "OPTIONS (memory"),
    ] {
        call(function).fails(code, &[function, said]);
    }
    let spins = sql(
        &hostile,
        &[
            "--grant",
            "clock",
            "--grant",
            "random",
            "--timeout",
            "300ms",
        ],
        "SELECT spins(1)",
    );
    spins.fails(4, &["300"]);
    let data = tempfile::tempdir().unwrap();
    Arrowbox::new(data.path(), ["sql", "--no-such-flag"])
        .run()
        .fails(2, &["--no-such-flag"]);
}

/// A debug build has large frames, and a plan of 200 sums is deep.
#[test]
fn recursion_under_two_hundred_sums_does_not_end_the_process() {
    let hostile = component::path("hostile");
    let sums = " + x".repeat(200);
    let query = format!("SELECT recurses(x){sums} FROM (VALUES (1), (2)) AS t (x)");
    sql(&hostile, &["--grant", "clock", "--grant", "random"], &query)
        .fails(3, &["recursed without end"]);
}

#[test]
fn a_grant_is_asked_for_given_and_shown() {
    let data = tempfile::tempdir().unwrap();
    let hostile = component::path("hostile");
    let create = |options: &str| {
        let file = hostile.display();
        let text =
            format!("CREATE FUNCTION now_utc LANGUAGE WASM AS '{file}', 'tells_time' {options}");
        Arrowbox::new(data.path(), ["sql", &text]).run()
    };
    create("").fails(1, &["now_utc", "OPTIONS (grant 'clock')"]);
    create("OPTIONS (grant 'clock')").ok();
    Arrowbox::new(data.path(), ["sql", "SELECT now_utc(1)"])
        .run()
        .ok();
    let shown = Arrowbox::new(data.path(), ["sql", "SHOW FUNCTIONS"])
        .run()
        .ok();
    let row = shown
        .lines()
        .find(|line| line.contains("now_utc"))
        .expect("it is listed");
    assert!(row.contains("clock"), "{row}");
}

#[test]
fn a_function_is_told_its_parameters_and_given_its_data() {
    let data = tempfile::tempdir().unwrap();
    let words = data.path().join("words.txt");
    fs::write(&words, "abc").unwrap();
    let hostile = component::path("hostile");
    let create = format!(
        "CREATE FUNCTION size LANGUAGE WASM AS '{}', 'measures_data' OPTIONS (data.words = '{}')",
        hostile.display(),
        words.display()
    );
    Arrowbox::new(data.path(), ["sql", &create]).run().ok();
    // What was read is kept: the file is not needed any more.
    fs::remove_file(&words).unwrap();
    let size = Arrowbox::new(
        data.path(),
        ["sql", "--format", "csv", "SELECT size(1) AS bytes"],
    )
    .run()
    .ok();
    assert_eq!(size.trim(), "bytes\n3");
}

#[test]
fn figures_are_shown_when_asked_for() {
    let gcd = component::path("gcd");
    let ran = sql(
        &gcd,
        &["--stats"],
        "SELECT sum(gcd(value, 12)) AS s FROM generate_series(1, 20000)",
    );
    for word in ["gcd", "20"] {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    let plan = sql(
        &gcd,
        &[],
        "EXPLAIN ANALYZE SELECT sum(gcd(value, 12)) FROM generate_series(1, 20000)",
    )
    .ok();
    assert!(plan.contains("gcd") && plan.contains("calls"), "{plan}");
}

/// Hostile text reaches a terminal as text.
#[test]
fn no_guest_writes_control_characters_to_a_terminal() {
    let hostile = component::path("hostile");
    let grants = ["--grant", "clock", "--grant", "random"];
    for function in ["refuses_in_colour", "logs_in_colour"] {
        let ran = sql(&hostile, &grants, &format!("SELECT {function}(1)"));
        for text in [&ran.stdout, &ran.stderr] {
            let control = text
                .chars()
                .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
            assert_eq!(control, None, "{function}: {text:?}");
        }
    }
}
