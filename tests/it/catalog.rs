//! The catalogue, used by several processes at once, one of which dies.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;
use arrowbox_tests::poll::poll;
use serde_json::Value;

const LONG: Duration = Duration::from_secs(60);

fn add(data: &Path, name: &str) -> Arrowbox {
    let gcd = component::path("gcd");
    Arrowbox::new(
        data,
        [
            "functions",
            "add",
            gcd.to_str().unwrap(),
            "--function",
            "gcd",
            "--name",
            name,
        ],
    )
}

/// The names in the catalogue, as a process of its own sees them.
fn names(data: &Path) -> BTreeSet<String> {
    let listing = Arrowbox::new(data, ["functions", "list", "--format", "json"])
        .run()
        .ok();
    let listing: Value =
        serde_json::from_str(&listing).unwrap_or_else(|error| panic!("{error}: {listing}"));
    let functions = listing.as_array().expect("a list");
    functions
        .iter()
        .map(|function| function["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn processes_that_add_at_once_all_succeed() {
    let data = tempfile::tempdir().unwrap();
    let wanted: BTreeSet<String> = (0..12).map(|number| format!("gcd_{number}")).collect();
    let running: Vec<Child> = wanted
        .iter()
        .map(|name| add(data.path(), name).begin())
        .collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(names(data.path()), wanted);
}

/// Killed at any moment, a process leaves the whole of what it did or nothing, and nobody else is harmed.
#[test]
fn a_process_that_is_killed_loses_nothing_and_blocks_nobody() {
    let data = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    add(data.path(), "before").run().ok();
    let whole = begun.elapsed();
    let steps = 24;
    let mut completed = 0;
    for step in 0..steps {
        let name = format!("killed_{step}");
        let mut child = add(data.path(), &name).begin();
        let moment = Instant::now() + whole * step / steps;
        let done = poll(whole * step / steps, || child.try_wait().unwrap());
        if done.is_none() {
            assert!(Instant::now() >= moment);
            child.kill().unwrap();
        }
        let finished = child.wait().unwrap().success();
        let names = names(data.path());
        assert!(names.contains("before"), "after {step}");
        assert!(
            !finished || names.contains(&name),
            "{name} said that it was added"
        );
        completed += usize::from(names.contains(&name));
        if names.contains(&name) {
            let sum = Arrowbox::new(
                data.path(),
                [
                    "sql",
                    "--format",
                    "csv",
                    &format!("SELECT {name}(12, 18) AS d"),
                ],
            );
            assert_eq!(sum.run().ok().trim(), "d\n6");
        }
    }
    add(data.path(), "after").run().ok();
    let names = names(data.path());
    assert_eq!(names.len(), completed + 2, "{names:?}");
}

/// A conversation at a terminal.
struct Conversation {
    child: Child,
    answers: Receiver<String>,
    heard: String,
}

impl Conversation {
    fn begin(data: &Path) -> Self {
        let mut child = Arrowbox::new(data, ["sql", "--format", "csv"])
            .at_terminal()
            .begin();
        let (sender, answers) = channel();
        let mut stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut bytes) {
                if sender
                    .send(String::from_utf8_lossy(&bytes[..length]).into_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
        Self {
            child,
            answers,
            heard: String::new(),
        }
    }

    /// Says something when it is asked to, and waits until it hears the answer, which must not be in what
    /// it says: a terminal repeats that.
    fn ask(&mut self, sql: &str, answer: &str) {
        assert!(!sql.contains(answer));
        self.hear("arrowbox> ");
        let input = self.child.stdin.as_mut().unwrap();
        write!(input, "{sql}\r")
            .and_then(|()| input.flush())
            .expect("it listens");
        self.hear(answer);
    }

    fn hear(&mut self, wanted: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(place) = self.heard.find(wanted) {
                self.heard.drain(..place + wanted.len());
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.answers.recv_timeout(left) {
                Ok(more) => self.heard.push_str(&more),
                Err(error) => panic!("no {wanted:?}: {error} in {:?}", self.heard),
            }
        }
    }

    fn end(mut self) {
        self.hear("arrowbox> ");
        // What Ctrl-D sends.
        let mut input = self.child.stdin.take().unwrap();
        input.write_all(b"\x04").expect("it listens");
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn two_conversations_and_an_addition_at_once_see_each_other() {
    let data = tempfile::tempdir().unwrap();
    let gcd = component::path("gcd");
    let (mut one, mut two) = (
        Conversation::begin(data.path()),
        Conversation::begin(data.path()),
    );
    one.ask("SELECT 1000 + 1 AS d;", "1001");
    two.ask("SELECT 1000 + 2 AS d;", "1002");
    one.ask(
        &format!(
            "CREATE FUNCTION by_one LANGUAGE WASM AS '{}', 'gcd';",
            gcd.display()
        ),
        "created function",
    );
    one.ask("SELECT by_one(12, 18) + 2000 AS d;", "2006");
    two.ask("SELECT by_one(12, 18) + 3000 AS d;", "3006");

    add(data.path(), "by_command").run().ok();
    for conversation in [&mut one, &mut two] {
        conversation.ask("SELECT by_command(12, 18) + 4000 AS d;", "4006");
    }
    two.ask("DROP FUNCTION by_one;", "by_one`");
    assert_eq!(
        names(data.path()),
        BTreeSet::from(["by_command".to_owned()])
    );
    one.ask("SELECT by_one(12, 18);", "'by_one'");
    one.end();
    two.end();
}

#[test]
fn a_function_can_be_replaced_and_rolled_back() {
    let data = tempfile::tempdir().unwrap();
    let call = || {
        let sql = "SELECT f(12, 18) AS d";
        Arrowbox::new(data.path(), ["sql", "--format", "csv", sql]).run()
    };
    add(data.path(), "f").run().ok();
    assert_eq!(call().ok().trim(), "d\n6");
    add(data.path(), "f").run().fails(1, &["f", "--replace"]);

    let reference = component::path("reference");
    let arguments = [
        "functions",
        "add",
        reference.to_str().unwrap(),
        "--function",
        "sub_str",
        "--name",
        "f",
        "--replace",
    ];
    Arrowbox::new(data.path(), arguments).run().ok();
    call().fails(1, &["f"]);
    let history = Arrowbox::new(data.path(), ["functions", "history", "f"])
        .run()
        .ok();
    assert!(history.lines().count() >= 2, "{history}");
    Arrowbox::new(data.path(), ["functions", "rollback", "f"])
        .run()
        .ok();
    assert_eq!(call().ok().trim(), "d\n6");
    Arrowbox::new(data.path(), ["functions", "remove", "f"])
        .run()
        .ok();
    call().fails(1, &["f"]);
}
