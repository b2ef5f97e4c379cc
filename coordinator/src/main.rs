//! The command `arrowbox`.

use std::process::ExitCode;

fn main() -> ExitCode {
    arrowbox::cli::main()
}
