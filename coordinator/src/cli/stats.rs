//! What functions did, as a table.

use std::time::Duration;

use arrowbox_host::FunctionFigures;
use arrowbox_host::protocol::Statistics;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use crate::quantity::Bytes;
use arrowbox_host::plain;

/// What functions did, which hosts took part, and what was done again; nothing if there is nothing to tell.
pub(super) fn text(statistics: &Statistics) -> Option<String> {
    let mut parts: Vec<_> = table(&statistics.functions).into_iter().collect();
    if !statistics.hosts.is_empty() {
        let mut hosts = statistics.hosts.clone();
        hosts.sort();
        parts.push(format!("hosts: {}", hosts.join(", ")));
    }
    parts.extend(
        statistics
            .replayed
            .iter()
            .map(|line| format!("begun again: {line}")),
    );
    (!parts.is_empty()).then(|| plain(&parts.join("\n")).into_owned())
}

/// One line for each function; nothing if none was called.
pub(super) fn table(figures: &[FunctionFigures]) -> Option<String> {
    if figures.is_empty() {
        return None;
    }
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header([
        "function",
        "component",
        "calls",
        "rows",
        "in guest",
        "at boundary",
        "copied in",
        "copied out",
        "read in place",
        "peak memory",
        "instances",
    ]);
    for figures in figures {
        table.add_row([
            figures.function.clone(),
            figures.component.short(),
            figures.calls.to_string(),
            figures.rows.to_string(),
            time(figures.guest_time),
            time(figures.boundary_time),
            bytes(figures.bytes_copied_in),
            bytes(figures.bytes_copied_out),
            bytes(figures.bytes_read_in_place),
            bytes(figures.peak_memory),
            figures.instances.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Some(plain(&table.to_string()).into_owned())
}

fn bytes(count: u64) -> String {
    Bytes(count).to_string()
}

/// To three digits or so.
pub(super) fn time(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos() as f64;
    let (amount, unit) = match duration.as_nanos() {
        0..1_000 => return format!("{} ns", duration.as_nanos()),
        1_000..1_000_000 => (nanoseconds / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    let digits = match amount {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{amount:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_again_is_told() {
        assert_eq!(text(&Statistics::default()), None);
        let statistics = Statistics {
            functions: Vec::new(),
            replayed: vec!["h1 was lost".to_owned()],
            hosts: vec!["h3".to_owned(), "h2".to_owned()],
        };
        let told = text(&statistics);
        assert_eq!(
            told.as_deref(),
            Some("hosts: h2, h3\nbegun again: h1 was lost")
        );
    }

    #[test]
    fn times_have_three_digits() {
        for (nanoseconds, shown) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_234, "1.23 µs"),
            (2_410_000, "2.41 ms"),
            (24_100_000, "24.1 ms"),
            (241_000_000, "241 ms"),
            (72_000_000_000, "72.0 s"),
        ] {
            assert_eq!(time(Duration::from_nanos(nanoseconds)), shown);
        }
    }
}
