use std::io;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Exit, Failure};

/// Write a script that completes arrowbox's arguments in a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  arrowbox completions bash > ~/.local/share/bash-completion/completions/arrowbox"
)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn execute(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "arrowbox", &mut script);
        io::Write::write_all(&mut io::stdout(), &script)?;
        Ok(Exit::Done)
    }
}
