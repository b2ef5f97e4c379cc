//! A hundred thousand calls leave no trace in memory.

use std::process::Command;

/// In a process of its own, where nothing else takes memory.
#[test]
fn memory_is_flat_over_a_hundred_thousand_calls() {
    let output = Command::new(env!("CARGO_BIN_EXE_soak"))
        .env(
            "ARROWBOX_TEST_GUESTS",
            arrowbox_tests::component::path("reference")
                .parent()
                .unwrap(),
        )
        .args(["calls", "--queries", "400", "--calls", "250"])
        .output()
        .expect("the program of the soak was built");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let figure = |name: &str| -> u64 {
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("no {name}: {said}"));
        line.trim().parse().expect("a number")
    };
    assert_eq!(figure("calls"), 100_000);
    let (before, after) = (
        figure("resident-after-a-tenth"),
        figure("resident-at-the-end"),
    );
    assert!(
        after <= before + (8 << 20),
        "{before} bytes after a tenth of the calls, {after} at the end"
    );
    assert_eq!(
        figure("mappings-after-a-tenth"),
        figure("mappings-at-the-end")
    );
}
