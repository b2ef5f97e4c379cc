use std::fmt;
use std::time::{Duration, Instant};

use arrowbox_host::protocol::Stage;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::quantity::Bytes;

/// What is over sooner shows no progress.
const SILENT: Duration = Duration::from_millis(500);

/// A line on the standard error, if that is a terminal, for what takes its time.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    rows: u64,
    stages: Vec<Stage>,
    shown: bool,
}

impl Progress {
    /// For a query: rows so far, and the time that it took.
    pub(super) fn of_query() -> Self {
        Self {
            bar: spinner(),
            started: Instant::now(),
            rows: 0,
            stages: Vec::new(),
            shown: false,
        }
    }

    /// Counts rows that have come.
    pub(super) fn add_rows(&mut self, rows: usize) {
        self.rows += rows as u64;
    }

    /// How far the hosts are that take part.
    pub(super) fn set_stages(&mut self, stages: Vec<Stage>) {
        self.stages = stages;
    }

    /// How many rows have come.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// How long it took so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Shows where things are. To be called a few times a second.
    pub(super) fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        if elapsed < SILENT {
            return;
        }
        self.shown = true;
        let time = elapsed.as_secs_f64();
        let rows = HumanCount(self.rows);
        self.bar.set_message(match hosts(&self.stages) {
            None => format!("{rows} rows, {time:.1} s"),
            Some(hosts) => format!("{rows} rows, {time:.1} s; {hosts}"),
        });
        self.bar.tick();
    }

    /// Does something that writes to the terminal.
    pub(super) fn suspend<T>(&self, operation: impl FnOnce() -> T) -> T {
        if self.shown {
            self.bar.suspend(operation)
        } else {
            operation()
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What hosts have done together; none if there are none.
fn hosts(stages: &[Stage]) -> Option<String> {
    if stages.is_empty() {
        return None;
    }
    let sum = |count: fn(&Stage) -> u64| stages.iter().map(count).sum::<u64>();
    let plural = if stages.len() == 1 { "" } else { "s" };
    Some(format!(
        "{} host{plural}: {} of {} tasks, {} rows, {} sent",
        stages.len(),
        sum(|stage| stage.progress.finished.into()),
        sum(|stage| stage.progress.tasks.into()),
        HumanCount(sum(|stage| stage.progress.rows)),
        Bytes(sum(|stage| stage.progress.bytes)),
    ))
}

/// A line that says which step is being done. Cleared at the end.
#[derive(Debug)]
pub(super) struct Steps(ProgressBar);

impl Steps {
    pub(super) fn new() -> Self {
        let bar = spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl arrowbox_build::Progress for Steps {
    fn step(&self, text: &str) {
        tracing::info!("{text}");
        self.0.set_message(text.to_owned());
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows components that are being compiled, for as long as each is: large ones take many seconds, once on a machine.
///
/// They are seen as spans of the host.
#[derive(Debug)]
pub(super) struct Compiling;

impl Compiling {
    /// For the spans that it looks at. Without their level every record is asked for, of which a compiler has millions.
    pub(super) fn filter() -> FilterFn {
        let is_compiling: fn(&Metadata<'_>) -> bool =
            |meta| meta.is_span() && meta.name() == arrowbox_host::COMPILING;
        FilterFn::new(is_compiling).with_max_level_hint(Level::INFO)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Compiling {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut compiled = Compiled::default();
        attributes.record(&mut compiled);
        let bar = spinner();
        let size = Bytes(compiled.bytes);
        bar.set_message(format!(
            "compiling component {} of {size}, once on this machine",
            compiled.component
        ));
        bar.enable_steady_tick(Duration::from_millis(100));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Shown(bar));
        }
    }
}

/// A line that is there for as long as its span.
struct Shown(ProgressBar);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What a span says of a component.
#[derive(Default)]
struct Compiled {
    component: String,
    bytes: u64,
}

impl Visit for Compiled {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "component" {
            self.component = format!("{value:?}");
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "bytes" {
            self.bytes = value;
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use arrowbox_host::protocol;

    use super::*;

    #[test]
    fn hosts_are_added_up() {
        let stage = |tasks, finished| Stage {
            host: "h".to_owned(),
            progress: protocol::Progress {
                tasks,
                finished,
                rows: 1000,
                bytes: 1 << 20,
            },
        };
        assert_eq!(hosts(&[]), None);
        assert_eq!(
            hosts(&[stage(4, 1), stage(4, 2)]).as_deref(),
            Some("2 hosts: 3 of 8 tasks, 2,000 rows, 2 MiB sent")
        );
    }
}
