//! Rules about Rust sources.

use super::{Breach, File};

/// A word that only some folders may say.
struct Reserved {
    words: &'static [&'static str],
    /// Folders and files where it may stand.
    homes: &'static [&'static str],
    why: &'static str,
}

/// Said in code, that is, not in a comment.
const RESERVED: &[Reserved] = &[
    Reserved {
        words: &["wasmtime"],
        homes: &["host/src/sandbox/"],
        why: "only `host/src/sandbox` names wasmtime: give it a type of ours",
    },
    Reserved {
        words: &[
            "impl ScalarUDFImpl for",
            "impl AggregateUDFImpl for",
            "impl WindowUDFImpl for",
            "impl TableFunctionImpl for",
        ],
        // Benchmarks compare with the same functions outside of the sandbox.
        homes: &["host/src/functions/", "tests/src/bin/bench/"],
        why: "only `host/src/functions` implements DataFusion's function traits",
    },
    Reserved {
        words: &["quinn"],
        // And a peer that has to be as bad as it can.
        homes: &["host/src/transport/", "tests/src/cluster/stranger.rs"],
        why: "only `host/src/transport` names quinn",
    },
    Reserved {
        words: &["unsafe"],
        homes: &[
            "host/src/sandbox/",
            "host/src/boundary/",
            // Where it vouches for machine code.
            "host/src/store/compiled.rs",
            // The SDK: where it hands out memory and takes it back, where it writes rows, and what it
            // generates.
            "guest-sdk/rust/src/bindings.rs",
            "guest-sdk/rust/src/memory.rs",
            "guest-sdk/rust/src/row/bytes.rs",
            "guest-sdk/rust/src/row/copy.rs",
            "guest-sdk/rust/src/row/writer.rs",
            "guest-sdk/rust/src/wire/decode.rs",
            "guest-sdk/rust-macros/",
            // A guest that has to be as bad as it can.
            "tests/guests/hostile/",
        ],
        why: "`unsafe` stays where it is: `xtask/src/tidy/sources.rs` has the list",
    },
];

/// What no source may say.
const BANNED: &[(&str, &str)] = &[
    (concat!("#[", "ignore"), "a test runs or does not exist"),
    (
        concat!("todo", "!("),
        "nothing is left to do in what is committed",
    ),
    (
        concat!("unimplemented", "!("),
        "nothing is left to do in what is committed",
    ),
    (concat!("dbg", "!("), "left over from debugging"),
];

/// Where a test can wait for what gives no signal, and how.
const POLL: &str = "tests/src/poll.rs";

const LONGEST: usize = 800;

pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let sources = || files.iter().filter(|file| file.path.ends_with(".rs"));
    // The rules name what they look for.
    let own = |file: &&File| !file.path.starts_with("xtask/src/tidy/");
    let mut breaches = Vec::new();
    for file in sources().filter(own) {
        breaches.extend(words(file));
        breaches.extend(sleeps(file));
    }
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > LONGEST {
            breaches.push(file.breach(0, format!("{lines} lines: past {LONGEST} it is two files")));
        }
    }
    breaches.extend(fixtures(files));
    breaches
}

fn words(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (number, line) in code(&file.text) {
        for rule in RESERVED {
            let home = rule.homes.iter().any(|home| file.path.starts_with(home));
            if !home && rule.words.iter().any(|word| says(&line, word)) {
                breaches.push(file.breach(number, rule.why));
            }
        }
        for (word, why) in BANNED {
            if line.contains(word) {
                breaches.push(file.breach(number, *why));
            }
        }
    }
    breaches
}

/// Tests wait for signals.
fn sleeps(file: &File) -> Vec<Breach> {
    if file.path == POLL {
        return Vec::new();
    }
    let all = file.path.starts_with("tests/")
        || file.path.contains("/tests/")
        || file.path.ends_with("/tests.rs");
    let first = match all {
        true => 0,
        false => match file
            .text
            .lines()
            .position(|line| line.trim() == "#[cfg(test)]")
        {
            Some(first) => first,
            None => return Vec::new(),
        },
    };
    code(&file.text)
        .filter(|(number, line)| *number > first && says(line, "sleep"))
        .map(|(number, _)| {
            file.breach(
                number,
                format!("a test awaits a signal, or polls through `{POLL}`"),
            )
        })
        .collect()
}

/// Every guest among the fixtures is there for a test.
fn fixtures(files: &[File]) -> Vec<Breach> {
    let tests: Vec<&File> = files
        .iter()
        .filter(|file| file.path.starts_with("tests/it/") || file.path.starts_with("tests/src/"))
        .collect();
    files
        .iter()
        .filter_map(|file| {
            let name = file
                .path
                .strip_prefix("tests/guests/")?
                .strip_suffix("/Cargo.toml")?;
            let quoted = format!("\"{name}\"");
            let named = tests.iter().any(|test| test.text.contains(&quoted));
            (!named).then(|| file.breach(0, format!("no test names the fixture {quoted}")))
        })
        .collect()
}

/// Lines without their comments and texts, and their numbers from one.
fn code(text: &str) -> impl Iterator<Item = (usize, String)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, without_text(line)))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// What is not between quotes and not behind `//`. A text of several lines is taken for code.
fn without_text(line: &str) -> String {
    let mut code = String::new();
    let mut rest = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if quoted => {
                rest.next();
            }
            '"' => quoted = !quoted,
            '/' if !quoted && rest.peek() == Some(&'/') => break,
            // The character `"` is not where a text begins.
            '\'' if !quoted && rest.peek() == Some(&'"') => {
                rest.next();
            }
            _ if quoted => {}
            _ => code.push(c),
        }
    }
    code
}

/// Whether a line says a word, and not one that only contains it.
fn says(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lines of a file with this text break a rule.
    fn breaches(path: &str, text: &str) -> usize {
        check(&[File::new(path, text)]).len()
    }

    #[test]
    fn a_reserved_word_may_be_said_at_home_and_in_comments_only() {
        assert_eq!(
            breaches("host/src/store/mod.rs", "use wasmtime::Engine;"),
            1
        );
        assert_eq!(
            breaches("host/src/sandbox/mod.rs", "use wasmtime::Engine;"),
            0
        );
        assert_eq!(
            breaches(
                "host/src/store/mod.rs",
                "// as wasmtime does\nlet not_wasmtime = 1;"
            ),
            0
        );
        assert_eq!(
            breaches(
                "coordinator/src/cli/mod.rs",
                "impl ScalarUDFImpl for Mine {"
            ),
            1
        );
        assert_eq!(breaches("coordinator/src/cli/mod.rs", "unsafe { x() }"), 1);
        assert_eq!(
            breaches("coordinator/src/cli/mod.rs", "#[allow(unsafe_code)]"),
            0
        );
    }

    #[test]
    fn nothing_is_ignored_or_left_to_do() {
        assert_eq!(breaches("host/src/a.rs", "#[ignore = \"slow\"]"), 1);
        assert_eq!(breaches("host/src/a.rs", "fn f() { todo!() }"), 1);
    }

    #[test]
    fn tests_do_not_sleep_and_others_may() {
        let sleep = "std::thread::sleep(d);";
        assert_eq!(breaches("host/src/a.rs", sleep), 0);
        assert_eq!(
            breaches(
                "host/src/a.rs",
                &format!("#[cfg(test)]\nmod tests {{ {sleep} }}")
            ),
            1
        );
        assert_eq!(breaches("tests/it/a.rs", sleep), 1);
        assert_eq!(breaches(POLL, sleep), 0);
    }

    #[test]
    fn long_files_are_two_files() {
        assert_eq!(breaches("host/src/a.rs", &"\n".repeat(LONGEST)), 0);
        assert_eq!(breaches("host/src/a.rs", &"\n".repeat(LONGEST + 1)), 1);
    }

    #[test]
    fn a_fixture_needs_a_test() {
        let guest = || File::new("tests/guests/odd/Cargo.toml", "");
        assert_eq!(check(&[guest()]).len(), 1);
        assert_eq!(
            check(&[guest(), File::new("tests/it/odd.rs", "component(\"odd\")")]).len(),
            0
        );
    }
}
