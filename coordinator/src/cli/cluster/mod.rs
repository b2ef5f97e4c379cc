//! `arrowbox cluster`: what a coordinator and its hosts are doing.

mod drain;
mod kill;
mod queries;
mod status;

pub(super) use status::TooFew;

use clap::{Subcommand, ValueEnum};

use super::{Exit, Failure, Global};

/// Look at a cluster, and tell it what to do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox cluster status --coordinator quic://coordinator:7432
  arrowbox cluster drain host-3
  arrowbox cluster queries --format json")]
pub(super) struct Cluster {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Status),
    Drain(drain::Drain),
    Queries(queries::Queries),
    Kill(kill::Kill),
}

impl Cluster {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        match self.command {
            Command::Status(command) => command.execute(global),
            Command::Drain(command) => command.execute(global),
            Command::Queries(command) => command.execute(global),
            Command::Kill(command) => command.execute(global),
        }
    }
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// Columns for people.
fn table<const N: usize>(
    head: [&str; N],
    numbers: std::ops::Range<usize>,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    for column in table
        .column_iter_mut()
        .skip(numbers.start)
        .take(numbers.len())
    {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    arrowbox_host::plain(&table.to_string()).into_owned()
}

/// A time for people, to the second.
fn seconds(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_told_in_two_units() {
        for (time, expected) in [
            (Duration::from_millis(1234), "1.2 s"),
            (Duration::from_secs(75), "1 min 15 s"),
            (Duration::from_secs(3720), "1 h 2 min"),
        ] {
            assert_eq!(seconds(time), expected);
        }
    }
}
