//! A cluster of one machine, for trying out, which lives as long as the command.

use std::fs;
use std::time::Duration;

use arrowbox_tests::cluster::SPREAD;
use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::poll::poll;

use super::{LONG, components, embedded, long_query, tables, words};

fn local(flags: &[String], text: &str) -> (tempfile::TempDir, Arrowbox) {
    let data = arrowbox_tests::cluster::folder();
    let fixed = ["sql", "--format", "csv", "--local-cluster", "2"];
    let arguments = fixed.into_iter().chain(words(flags)).chain([text]);
    let run = Arrowbox::new(data.path(), arguments);
    (data, run)
}

#[test]
fn a_cluster_of_one_machine_gives_the_rows_that_come_without_one() {
    let flags = [tables(), components(&["reference"])].concat();
    let query = long_query(2);
    let text = format!("{SPREAD}{query}; EXPLAIN {query}");
    let (_data, run) = local(&flags, &text);
    let found = run.run().ok();
    assert!(found.starts_with(&embedded(&flags, &query)), "{found}");
    assert!(super::is_distributed(&found), "{found}");
}

/// The processes whose parent is this one.
fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc")
        .expect("a system with /proc")
        .flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number| parent(*number) == Some(of))
        .collect()
}

fn parent(of: u32) -> Option<u32> {
    // It may be gone by now.
    let status = fs::read_to_string(format!("/proc/{of}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

#[test]
fn hosts_of_a_command_that_is_killed_end_too() {
    let flags = [tables(), components(&["reference"])].concat();
    let (_data, run) = local(&flags, &format!("{SPREAD}{}", long_query(50)));
    let mut command = run.begin();
    let hosts = poll(LONG, || {
        let hosts = children(command.id());
        (hosts.len() == 2).then_some(hosts)
    });
    let hosts = hosts.expect("there are two");
    command.kill().expect("it is ours");
    command.wait().expect("it is ours");
    let gone = poll(Duration::from_secs(20), || {
        let mut hosts = hosts.iter();
        hosts.all(|host| parent(*host).is_none()).then_some(())
    });
    assert!(gone.is_some(), "{hosts:?} go on");
}
