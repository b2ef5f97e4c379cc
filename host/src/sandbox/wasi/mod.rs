//! What guests have of WASI 0.2, for languages whose runtimes do not start without it.
//!
//! What was granted is real. What was not is there all the same, because a runtime asks for it before it runs any
//! line of a program, and is the same on every machine: a clock that stands still, randomness that begins with the
//! component's name, no files, and a network in which nothing is allowed. It is never a trap. Every call finds the same
//! time and the same randomness, so that a result does not depend on what an instance was used for before.

mod clocks;
mod network;
mod random;
mod stdio;

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::{
    FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView,
    p2::{self, bindings},
};

use super::{
    environment::Environment,
    grants::{Grant, Grants},
    instance::Guest,
    plain::plain,
};
use clocks::Stopwatch;
use random::Stream;
use stdio::LastWords;

/// What one guest has of WASI.
pub(super) struct Wasi {
    /// Made when the guest first asks for any of it.
    context: Option<WasiCtx>,
    /// Time that the guest has spent asleep in this call, where it was not granted a clock.
    slept: Stopwatch,
    /// Randomness of this call, where it was not granted any.
    random: Stream,
    seed: [u8; 32],
    last_words: LastWords,
}

impl Wasi {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self {
            context: None,
            slept: Stopwatch::default(),
            random: Stream::new(seed),
            seed: *seed,
            last_words: LastWords::default(),
        }
    }

    /// A call begins.
    pub(super) fn begin(&mut self) {
        self.slept = Stopwatch::default();
        self.random = Stream::new(&self.seed);
        self.last_words.forget();
    }

    /// The status of a guest that has ended itself.
    pub(super) fn exit_of(&self, error: &wasmtime::Error) -> Option<i32> {
        error.downcast_ref::<I32Exit>().map(|exit| exit.0)
    }

    /// Why a guest did not return, and what it wrote to its standard error before.
    pub(super) fn with_last_words(&self, reason: String) -> String {
        match self.last_words.take() {
            words if words.is_empty() => reason,
            words => format!("{reason}\n{}", plain(&words)),
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let context = match &mut self.wasi.context {
            Some(context) => context,
            none => none.insert(context(&self.environment, &self.wasi.last_words)),
        };
        WasiCtxView {
            ctx: context,
            table: &mut self.resources,
        }
    }
}

/// What is allowed by the grants of a function.
fn context(environment: &Arc<Environment>, last_words: &LastWords) -> WasiCtx {
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(stdio::Log::output(environment))
        .stderr(stdio::Log::errors(environment, last_words));
    for grant in environment.grants.iter() {
        match grant {
            Grant::Env(name) => {
                // Whoever granted it wants it to be there; where it is not, the guest sees that.
                if let Ok(value) = std::env::var(name) {
                    builder.env(name, value);
                }
            }
            Grant::Dir(path) => {
                let shown = path.to_string_lossy();
                if let Err(error) = builder.preopened_dir(path, &*shown, FsPerms::ReadOnly) {
                    tracing::warn!(
                        function = &*environment.function,
                        "the directory {shown} was granted and can not be opened: {error:#}"
                    );
                }
            }
            Grant::Net { .. } | Grant::Clock | Grant::Random => {}
        }
    }
    network::allow(&mut builder, &environment.grants);
    builder.build()
}

/// Links all of WASI, with clocks, randomness and names of our own.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    fn guest(guest: &mut Guest) -> &mut Guest {
        guest
    }
    bindings::clocks::wall_clock::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    bindings::clocks::monotonic_clock::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    bindings::random::random::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    bindings::random::insecure::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    bindings::random::insecure_seed::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    bindings::sockets::ip_name_lookup::add_to_linker::<Guest, HasSelf<Guest>>(linker, guest)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether a guest can reach anything.
fn is_connected(grants: &Grants) -> bool {
    grants
        .iter()
        .any(|grant| matches!(grant, Grant::Net { .. }))
}
