//! What `ARCHITECTURE.md` and `CONTRIBUTING.md` promise and text can hold.
//!
//! A rule looks at the files of the checkout and names the lines that break it, each with what to do.

mod manifests;
mod sources;
mod text;

use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// A file of the checkout.
pub(crate) struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    path: String,
    /// From one; zero for the whole file.
    line: usize,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

impl File {
    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach {
            path: self.path.clone(),
            line,
            what: what.into(),
        }
    }
}

/// Holds every rule against every file that git knows or would add.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let files = files(workspace)?;
    let mut breaches = Vec::new();
    breaches.extend(sources::check(&files));
    breaches.extend(manifests::check(&files));
    breaches.extend(manifests::directions(workspace.packages()));
    breaches.extend(text::check(&files));
    for breach in &breaches {
        eprintln!("{breach}");
    }
    match breaches.len() {
        0 => Ok(()),
        count => Err(Failure::Untidy(count)),
    }
}

fn files(workspace: &Workspace) -> Result<Vec<File>, Failure> {
    let mut command = std::process::Command::new("git");
    command.current_dir(workspace.root());
    command.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listing = cargo::output(&mut command)?;
    let mut files = Vec::new();
    for path in listing.split_terminator('\0') {
        let place: PathBuf = workspace.root().join(path);
        // Deleted and not yet committed, a link to a folder, or not text.
        if let Ok(text) = fs::read_to_string(&place) {
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}
