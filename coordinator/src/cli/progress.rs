use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner shows no progress.
const SILENT: Duration = Duration::from_millis(500);

/// A line on the standard error, if that is a terminal, for what takes its time.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    rows: u64,
    shown: bool,
}

impl Progress {
    /// For a query: rows so far, and the time that it took.
    pub(super) fn of_query() -> Self {
        Self {
            bar: spinner(),
            started: Instant::now(),
            rows: 0,
            shown: false,
        }
    }

    /// Counts rows that have come.
    pub(super) fn add_rows(&mut self, rows: usize) {
        self.rows += rows as u64;
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
        self.bar.set_message(format!(
            "{} rows, {:.1} s",
            HumanCount(self.rows),
            elapsed.as_secs_f64()
        ));
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

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
