//! A process that is killed while it writes leaves everything or nothing, and whoever writes next removes what it
//! left.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, hint};

use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;
use arrowbox_tests::poll::poll;

use super::rows::Chance;

/// Partitions, and batches of each.
const PARTITIONS: usize = 2;
const BATCHES: usize = 6;
/// Rows of a batch.
const ROWS: usize = 2000;

/// A process that writes to `target`, and tells of its progress line by line.
fn begin(target: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_write"))
        .env(
            "ARROWBOX_TEST_GUESTS",
            component::path("kinds").parent().expect("a folder"),
        )
        .arg(target)
        .args(["--partitions", &PARTITIONS.to_string()])
        .args(["--batches", &BATCHES.to_string()])
        .args(["--rows", &ROWS.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program that writes was built")
}

/// Reads so many lines of what a process tells, or all that there are. The last of them.
fn told(child: &mut Child, count: usize) -> Option<String> {
    let lines = BufReader::new(child.stdout.as_mut().expect("it is piped")).lines();
    lines.map_while(Result::ok).take(count).last()
}

/// How many whole tables of so many rows are at `target`.
///
/// # Panics
///
/// When there is a part of one.
fn whole(target: &Path, rows: usize) -> usize {
    let Ok(entries) = fs::read_dir(target) else {
        return 0;
    };
    let names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    // The first table is the folder itself, and others are folders in it.
    let (folders, files): (Vec<_>, Vec<_>) = names.into_iter().partition(|path| path.is_dir());
    let mut tables = 0;
    if !files.is_empty() {
        let read = |name: &str| fs::read_to_string(target.join(name));
        let mark = read("mark.txt").expect("the last file is there");
        let partitions: usize = mark.trim_end().parse().expect("a number");
        assert_eq!(files.len(), partitions + 1, "{files:?}");
        let mut found = 0;
        for partition in 0..partitions {
            let text = read(&format!("mark-{partition}.txt")).expect("every partition is there");
            found += text.lines().filter(|line| *line == "mark").count();
            assert!(text.ends_with("mark\nend\n"));
        }
        assert_eq!(found, rows);
        tables += 1;
    }
    let below = folders.iter().map(|folder| whole(folder, rows));
    tables + below.sum::<usize>()
}

#[test]
fn a_writer_that_is_killed_leaves_everything_or_nothing() {
    let mut chance = Chance::new(42);
    let (mut nothing, mut everything, mut stale) = (0, 0, 0);
    // After each of the lines that it tells, some time later or at once.
    let lines = PARTITIONS * BATCHES + 3;
    for attempt in 0..3 * lines {
        let place = tempfile::tempdir().expect("a folder");
        let target = place.path().join("out");
        let mut child = begin(&target);
        told(&mut child, 1 + attempt % lines);
        // Not to wait for anything: to be somewhere else each time.
        let later = Instant::now() + Duration::from_micros(chance.below(4000));
        while Instant::now() < later {
            hint::spin_loop();
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");

        let left = whole(&target, PARTITIONS * BATCHES * ROWS);
        match left {
            0 => nothing += 1,
            _ => everything += 1,
        }
        assert!(left <= 1);
        stale += usize::from(names(place.path()).iter().any(|name| name.starts_with('.')));

        // The next write does not mind, and clears up.
        let mut child = begin(&target);
        let last = told(&mut child, usize::MAX);
        assert!(child.wait().expect("it ends").success());
        assert_eq!(last.as_deref(), Some("written"));
        assert_eq!(whole(&target, PARTITIONS * BATCHES * ROWS), left + 1);
        assert_eq!(names(place.path()), ["out"], "something stale is left");
    }
    assert!(
        nothing > 0 && everything > 0 && stale > 0,
        "{nothing} {everything} {stale}"
    );
}

/// Two at once do not take each other's files for stale.
#[test]
fn writers_at_the_same_place_leave_each_other_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("out");
    let mut children: Vec<_> = (0..3).map(|_| begin(&target)).collect();
    for child in &mut children {
        assert_eq!(told(child, usize::MAX).as_deref(), Some("written"));
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(whole(&target, PARTITIONS * BATCHES * ROWS), 3);
    assert_eq!(names(place.path()), ["out"]);
}

/// The same of the command, at some places on its way.
#[test]
fn a_command_that_is_killed_while_it_copies_leaves_everything_or_nothing() {
    const ALL: usize = 400_000;
    let data = tempfile::tempdir().expect("a folder");
    let kinds = component::path("kinds");
    let copy = |target: &Path| {
        let sql = format!(
            "COPY (SELECT value FROM generate_series(1, {ALL})) TO '{}' STORED AS marked",
            target.display()
        );
        let arguments = ["sql", "--component", kinds.to_str().expect("text"), &sql];
        Arrowbox::new(data.path(), arguments)
    };
    let mut nothing = 0;
    for part in 0..4 {
        let place = tempfile::tempdir().expect("a folder");
        let target = place.path().join("out");
        let mut child = copy(&target).begin();
        // Five bytes a row.
        let enough = (ALL * 5 * part / 4) as u64;
        let there = poll(Duration::from_secs(120), || {
            let ended = child.try_wait().expect("it is ours").is_some();
            (ended || target.exists() || staged(place.path()) > enough).then_some(())
        });
        assert!(there.is_some(), "it writes nothing");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let left = whole(&target, ALL);
        assert!(left <= 1);
        nothing += usize::from(left == 0);

        let said = copy(&target).run().ok();
        assert!(said.contains(&ALL.to_string()), "{said}");
        assert_eq!(whole(&target, ALL), left + 1);
        assert_eq!(names(place.path()), ["out"], "something stale is left");
    }
    assert!(nothing > 0);
}

/// Bytes of files that are not to be seen yet.
fn staged(place: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(place) else {
        return 0;
    };
    // What is there now may be gone in a moment.
    let size = |path: std::path::PathBuf| match path.is_dir() {
        true => staged(&path),
        false => fs::metadata(&path).map_or(0, |metadata| metadata.len()),
    };
    entries.flatten().map(|entry| size(entry.path())).sum()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    };
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}
