//! Running cargo, and other programs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// What the cargo that runs this says of its package. Build scripts look at it, and would run again, with all that
/// needs what they make, whenever cargo is run by this and then by hand.
const OF_THIS_PACKAGE: [&str; 4] = [
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
];

/// The cargo that runs this, with these arguments.
pub(crate) fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.args(arguments);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if OF_THIS_PACKAGE
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a program to its end; it writes where this one does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|source| Failure::Start {
        command: line(command),
        source,
    })?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::Failed {
            command: line(command),
            status,
        }),
    }
}

/// Runs a program to its end; what it wrote is seen if it fails only.
pub(crate) fn quietly(command: &mut Command) -> Result<(), Failure> {
    let output = command.output().map_err(|source| Failure::Start {
        command: line(command),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Failure::Failed {
        command: line(command),
        status: output.status,
    })
}

/// Runs a program to its end and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Failure::Start {
            command: line(command),
            source,
        })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::Failed {
            command: line(command),
            status: output.status,
        }),
    }
}

/// What somebody would type, for messages.
fn line(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
