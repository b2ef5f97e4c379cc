use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use super::progress::Compiling;

/// What the log says is chosen by this variable, as `warn,arrowbox_host=debug`.
const FILTER_VARIABLE: &str = "ARROWBOX_LOG";

/// What the log says if nobody asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usual {
    /// What should not be.
    Warnings,
    /// What happens, too: for servers.
    Events,
}

/// Sends the log to the standard error, and shows there what is being compiled. The variable takes precedence over
/// `-v`.
pub(super) fn start(verbose: u8, usual: Usual) {
    let default = match verbose {
        0 if usual == Usual::Events => "warn,arrowbox=info",
        0 => "warn",
        1 => "info,arrowbox=debug,arrowbox_host=debug",
        _ => "debug,arrowbox=trace,arrowbox_host=trace",
    };
    let filter =
        EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(verbose > 0)
        .compact()
        .with_filter(filter);
    tracing_subscriber::registry()
        .with(log)
        .with(Compiling.with_filter(Compiling::filter()))
        .init();
}
