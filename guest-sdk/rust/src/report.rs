//! What goes to whoever watches the query: lines of the log, and the last words of a panic.

use std::panic::{self, PanicHookInfo};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::bindings::arrowbox::udf::log as host;

struct HostLog;

impl Log for HostLog {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let level = match record.level() {
            Level::Error => host::Level::Error,
            Level::Warn => host::Level::Warn,
            Level::Info => host::Level::Info,
            Level::Debug => host::Level::Debug,
            Level::Trace => host::Level::Trace,
        };
        match record.args().as_str() {
            Some(message) => host::write(level, message),
            None => host::write(level, &record.args().to_string()),
        }
    }

    fn flush(&self) {}
}

/// Lines of level debug and above are sent; a function can say otherwise with `log::set_max_level`.
pub(crate) fn install() {
    if log::set_logger(&HostLog).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
    panic::set_hook(Box::new(panicked));
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("a value that is not text");
    match panic.location() {
        Some(location) => host::panicked(message, &location.to_string()),
        None => host::panicked(message, ""),
    }
}
