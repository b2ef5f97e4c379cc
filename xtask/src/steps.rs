//! Saying what is going on: a spinner on a terminal, lines elsewhere.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of a command, numbered.
pub(crate) struct Steps {
    done: usize,
    total: usize,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { done: 0, total }
    }

    /// A step whose program writes for itself: says its name only.
    pub(crate) fn announce(&mut self, name: &str) {
        eprintln!("{} {name}", self.count());
    }

    /// A step that is shown while it goes on.
    pub(crate) fn begin(&mut self, name: &str) -> Step {
        Step::begin(format!("{} {name}", self.count()))
    }

    fn count(&mut self) -> String {
        self.done += 1;
        format!("[{}/{}]", self.done, self.total)
    }
}

/// Something that takes a while.
pub(crate) struct Step {
    name: String,
    begun: Instant,
    /// When the last line was written, where there is no bar.
    said: Cell<Instant>,
    bar: Option<ProgressBar>,
}

/// A log is told less often than a terminal.
const SELDOM: Duration = Duration::from_secs(10);

impl Step {
    fn begin(name: String) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}");
            let bar = ProgressBar::new_spinner().with_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        if bar.is_none() {
            eprintln!("{name}");
        }
        let begun = Instant::now();
        Self {
            name,
            begun,
            said: Cell::new(begun),
            bar,
        }
    }

    /// What it is doing now.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None if self.said.get().elapsed() > SELDOM => {
                self.said.set(Instant::now());
                eprintln!("  {text}");
            }
            None => {}
        }
    }

    /// It is done, and this is what came of it.
    pub(crate) fn end(self, result: &str) {
        match self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                eprintln!(
                    "{}: {result} ({:.1} s)",
                    self.name,
                    self.begun.elapsed().as_secs_f64()
                );
            }
            None => eprintln!("  {result} ({:.1} s)", self.begun.elapsed().as_secs_f64()),
        }
    }
}
