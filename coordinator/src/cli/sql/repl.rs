use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::complete::Words;
use super::meta::{HELP, Meta};
use super::run::{Interrupted, Runner, Summary};
use crate::cli::runtimes::Runtimes;
use crate::cli::{Exit, Failure, report, stats};

/// A conversation at the terminal.
pub(super) struct Repl<'r> {
    runner: Runner,
    runtimes: &'r Runtimes,
    editor: Editor<Words, FileHistory>,
    history: PathBuf,
    timing: Timing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timing {
    Told,
    Untold,
}

const PROMPT: &str = "arrowbox> ";

impl<'r> Repl<'r> {
    pub(super) fn new(
        runner: Runner,
        runtimes: &'r Runtimes,
        history: PathBuf,
    ) -> Result<Self, Failure> {
        let config = Config::builder()
            .auto_add_history(true)
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(runtimes.wait(Words::of(&runner.engine))));
        // The first conversation has no history, and a read-only directory keeps none.
        if let Err(error) = editor.load_history(&history) {
            tracing::debug!(%error, "no history");
        }
        Ok(Self {
            runner,
            runtimes,
            editor,
            history,
            timing: Timing::Untold,
        })
    }

    /// Reads and runs until the user has had enough.
    pub(super) fn converse(&mut self) -> Result<Exit, Failure> {
        eprintln!(
            "arrowbox {} — statements end with a semicolon, \\? helps",
            env!("CARGO_PKG_VERSION")
        );
        loop {
            match self.editor.readline(PROMPT) {
                Ok(text) => {
                    self.remember();
                    if self.answer(&text).is_break() {
                        return Ok(Exit::Done);
                    }
                }
                // What was typed is forgotten.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(Exit::Done),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn answer(&mut self, text: &str) -> std::ops::ControlFlow<()> {
        let text = match Meta::parse(text) {
            None => text.to_owned(),
            Some(Ok(Meta::Query(query))) => query,
            Some(Ok(Meta::Quit)) => return std::ops::ControlFlow::Break(()),
            Some(Ok(Meta::Help)) => {
                eprintln!("{HELP}");
                return std::ops::ControlFlow::Continue(());
            }
            Some(Ok(Meta::Timing)) => {
                self.timing = match self.timing {
                    Timing::Told => Timing::Untold,
                    Timing::Untold => Timing::Told,
                };
                let state = if self.timing == Timing::Told {
                    "on"
                } else {
                    "off"
                };
                eprintln!("timing is {state}");
                return std::ops::ControlFlow::Continue(());
            }
            Some(Err(error)) => {
                eprintln!("{}", report::text(&error));
                return std::ops::ControlFlow::Continue(());
            }
        };
        match self.runner.run(self.runtimes, &text) {
            Ok(summaries) => summaries
                .into_iter()
                .for_each(|summary| self.sum_up(summary)),
            Err(error) if error.is::<Interrupted>() => eprintln!("cancelled"),
            Err(error) => eprintln!("{}", report::text(error.as_ref())),
        }
        let words = self.runtimes.wait(Words::of(&self.runner.engine));
        self.editor.set_helper(Some(words));
        std::ops::ControlFlow::Continue(())
    }

    fn sum_up(&self, summary: Summary) {
        let time = stats::time(summary.elapsed);
        let plural = if summary.rows == Some(1) { "" } else { "s" };
        match (summary.rows, self.timing) {
            (Some(rows), Timing::Told) => eprintln!("{rows} row{plural} in {time}"),
            (Some(rows), Timing::Untold) => eprintln!("{rows} row{plural}"),
            (None, Timing::Told) => eprintln!("done in {time}"),
            (None, Timing::Untold) => {}
        }
    }

    fn remember(&mut self) {
        if let Err(error) = self.editor.append_history(&self.history) {
            tracing::debug!(%error, "the history is not kept");
        }
    }
}
