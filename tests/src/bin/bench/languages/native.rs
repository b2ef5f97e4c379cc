//! Programs that run the functions outside of any sandbox.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;

use super::Outcome;

/// A program that runs the functions of a language.
#[derive(Deserialize)]
pub(super) struct Native {
    /// What it runs them in.
    runtime: Engine,
    /// With its arguments; a folder of columns is the last one. Empty if it is not there.
    #[serde(default)]
    command: Vec<String>,
    /// What this machine lacks for it.
    pub(super) missing: Option<String>,
}

/// What a language usually runs in.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Clang,
    CPython,
    Go,
    Node,
    QuickJs,
}

/// A program that is running: it is told a function and how many rounds, and says how long they took.
pub(super) struct Driver {
    name: String,
    engine: Engine,
    columns: PathBuf,
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts the program on the columns of a folder, if it is there.
    pub(super) fn start(native: &Native, columns: &Path) -> Outcome<Option<Self>> {
        let [program, arguments @ ..] = native.command.as_slice() else {
            return Ok(None);
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(columns);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program} did not start: {error}"))?;
        let orders = child.stdin.take().ok_or("no standard input")?;
        let answers = child.stdout.take().ok_or("no standard output")?;
        let mut driver = Self {
            name: program.clone(),
            engine: native.runtime,
            columns: columns.to_owned(),
            child,
            orders,
            answers: BufReader::new(answers),
        };
        driver.name = driver.answer()?;
        Ok(Some(driver))
    }

    /// What runs the functions, with its version.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The ratio that must not be exceeded.
    pub(super) fn bar(&self) -> Option<f64> {
        match self.engine {
            Engine::Clang => Some(1.2),
            Engine::CPython => Some(4.0),
            Engine::Go => Some(2.5),
            // A compiler, which no interpreter is held to.
            Engine::Node => None,
            Engine::QuickJs => Some(2.0),
        }
    }

    /// Whether it runs more than functions of rows.
    pub(super) fn has_aggregates(&self) -> bool {
        !matches!(self.engine, Engine::QuickJs)
    }

    /// Nanoseconds of one round of a function over its columns. What it gave lies beside them then.
    pub(super) fn run(&mut self, function: &str, rounds: usize) -> Outcome<f64> {
        writeln!(self.orders, "{function} {rounds}")?;
        self.orders.flush()?;
        let nanoseconds: f64 = self.answer()?.parse()?;
        Ok(nanoseconds / rounds as f64)
    }

    /// The values that it gave last.
    pub(super) fn result(&self, function: &str) -> Outcome<Vec<u8>> {
        Ok(fs::read(self.columns.join(function).join("result"))?)
    }

    fn answer(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        match line.trim() {
            "" => Err(format!("{} ended early", self.name).into()),
            answer => Ok(answer.to_owned()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It has ended if either fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
