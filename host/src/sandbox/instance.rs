//! One guest: a store, its memory, and the ways in.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{
    Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{ResourceAny, ResourceTable},
};

use super::{
    bindings::Native,
    component::Linked,
    engine::WASM_STACK,
    environment::Environment,
    grants::Grant,
    imports::Ungranted,
    interrupt::Stopped,
    limits::{Charge, Denied, Limiter},
    memory::{Lease, Leased, Mapping, Memory, take_created},
    plain::plain,
    wire::Description,
};

/// Stack that the calling thread must have left before it enters a guest, in bytes: what the guest may
/// use and as much for the host calls that it makes.
const STACK_NEEDED: usize = 2 * WASM_STACK;
/// Stack that is made where there is less.
const STACK_MADE: usize = 2 << 20;
/// Bytes that a guest can hand over in one call besides the buffers, which stay where they are.
const HOSTCALL_BYTES: usize = 8 << 20;

/// What the host keeps for a guest; host calls see it.
pub(super) struct Guest {
    pub(super) environment: Arc<Environment>,
    pub(super) panic: Option<(String, String)>,
    /// Files that the guest writes.
    pub(super) resources: ResourceTable,
    /// How many of them.
    pub(super) open_files: usize,
    /// Bytes of files that were handed to the guest.
    pub(super) bytes_read: u64,
    /// Bytes of files that the guest handed over.
    pub(super) bytes_written: u64,
    limiter: Limiter,
    /// Known when the component's start functions have run.
    mapping: Option<Arc<Mapping>>,
    /// When the call began, as seen by its first look at the clock.
    call_began: Option<Instant>,
}

/// The guest's time is up.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interrupted {
    #[error(transparent)]
    Stopped(Stopped),
    #[error("the call took longer than {0:?}")]
    Timeout(Duration),
}

impl Guest {
    /// Called every few milliseconds while the guest computes.
    pub(super) fn look_at_the_clock(&mut self) -> Result<(), Interrupted> {
        self.environment
            .interrupt
            .check()
            .map_err(Interrupted::Stopped)?;
        let began = *self.call_began.get_or_insert_with(Instant::now);
        let timeout = self.environment.limits.timeout;
        if began.elapsed() > timeout {
            return Err(Interrupted::Timeout(timeout));
        }
        Ok(())
    }

    /// The guest's memory, for the host call that it waits for.
    pub(super) fn memory(&mut self) -> wasmtime::Result<Memory<'_>> {
        // A guest that runs is not leased: `Instance::enter` has looked.
        let mapping = self.mapping.as_ref();
        let mapping = mapping.ok_or_else(|| wasmtime::format_err!("called before it was made"))?;
        Ok(Memory::new(mapping))
    }
}

/// Why a call into a guest did not return. The guest is discarded then.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The guest panicked: its own words.
    #[error("panicked at {location}: {message}{frames}")]
    Panic {
        /// What it said.
        message: String,
        /// `file:line:column`
        location: String,
        /// Where it was.
        frames: Frames,
    },
    /// The guest did what WebAssembly does not allow.
    #[error("trapped: {reason}{frames}")]
    Trap {
        /// What it did.
        reason: String,
        /// Where it was.
        frames: Frames,
    },
    /// The guest recursed too deeply.
    #[error("recursed without end: it used all of its {} KiB of stack{frames}", WASM_STACK >> 10)]
    StackOverflow {
        /// Where it was.
        frames: Frames,
    },
    /// The guest wanted more memory than one instance may have.
    #[error(
        "hit its memory limit: it asked for {wanted} bytes, {limit} are allowed \
         (raise it with `OPTIONS (memory '<size>')`)"
    )]
    Memory {
        /// Bytes in all.
        wanted: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The query has no memory left for the guest.
    #[error(
        "asked for {wanted} bytes more than the query's memory pool has \
         (raise it with `--memory-limit`, or run fewer partitions)"
    )]
    Pool {
        /// Bytes.
        wanted: u64,
        /// What the pool said.
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },
    /// One call took too long.
    #[error(
        "hit its time limit: one call took longer than {:?} (raise it with `OPTIONS (timeout '<time>')`)",
        .0
    )]
    Timeout(Duration),
    /// The query is over.
    #[error("stopped: {0}")]
    Stopped(#[source] Stopped),
    /// The guest used what it was not granted.
    #[error("needs the grant `{0}`: give it with `OPTIONS (grant '{0}')`")]
    Grant(Grant),
    /// Something else, in the host.
    #[error("failed in the host: {0}")]
    Host(String),
}

/// Where a guest was, innermost frame first.
#[derive(Debug, Clone, Default)]
pub struct Frames(Vec<String>);

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for frame in &self.0 {
            write!(f, "\n    in {frame}")?;
        }
        Ok(())
    }
}

/// Frames of a backtrace that are shown.
const FRAMES: usize = 12;
/// Bytes of one of them.
const FRAME: usize = 256;

impl Frames {
    fn of(error: &wasmtime::Error) -> Self {
        let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
            return Self::default();
        };
        let frames = backtrace.frames().iter().filter_map(|frame| {
            let name = frame.func_name()?;
            let name = format!("{:#}", rustc_demangle::demangle(name));
            Some(plain(&name[..name.floor_char_boundary(FRAME)]).into_owned())
        });
        Self(frames.take(FRAMES).collect())
    }
}

/// A function that was opened in an instance, or a part of one. Means nothing to any other.
#[derive(Debug, Clone, Copy)]
pub struct Handle(pub(super) ResourceAny);

/// A running component: serves one function of one query.
///
/// Whatever enters the guest borrows the instance mutably, and does so only while nothing reads its
/// memory ([`is_leased`](Self::is_leased)). After any [`CallError`] the instance is dead.
pub struct Instance {
    store: Store<Guest>,
    exports: Native,
    lease: Arc<Lease>,
    dead: bool,
}

impl Instance {
    /// Instantiates `component`. Takes tens of microseconds.
    ///
    /// # Errors
    ///
    /// If a start function does not return, or there is no memory.
    pub fn new(component: &Linked, environment: &Arc<Environment>) -> Result<Self, CallError> {
        environment.interrupt.check().map_err(CallError::Stopped)?;
        let charge = Charge::new(&environment.function, &environment.pool);
        let guest = Guest {
            environment: Arc::clone(environment),
            panic: None,
            resources: ResourceTable::new(),
            open_files: 0,
            bytes_read: 0,
            bytes_written: 0,
            mapping: None,
            limiter: Limiter::new(environment.limits.memory, charge),
            call_began: None,
        };
        let mut store = Store::new(component.engine(), guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.epoch_deadline_callback(|mut store| {
            store
                .data_mut()
                .look_at_the_clock()
                .map_err(wasmtime::Error::new)?;
            Ok(UpdateDeadline::Continue(1))
        });
        store.set_epoch_deadline(1);
        // One that an earlier instantiation on this thread made before it failed.
        drop(take_created());
        let exports = stacker::maybe_grow(STACK_NEEDED, STACK_MADE, || {
            component.linked().instantiate(&mut store)
        });
        let created = take_created();
        let exports = exports.map_err(|error| call_error(&mut store, error))?;
        let mapping = created
            .ok_or_else(|| CallError::Host("the component was made without a memory".into()))?;
        mapping.set_charge(Arc::clone(store.data().limiter.charge()));
        store.data_mut().mapping = Some(Arc::clone(&mapping));
        Ok(Self {
            store,
            exports,
            lease: Lease::new(mapping),
            dead: false,
        })
    }

    /// Whether something still reads the memory in place. The instance must not be entered then.
    pub fn is_leased(&mut self) -> bool {
        // Sees what other threads did before they dropped their leases, too.
        Arc::get_mut(&mut self.lease).is_none()
    }

    /// Whether a call failed, so that the instance can not be used any more.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Bytes of linear memory.
    pub fn memory_size(&self) -> usize {
        self.lease.mapping().size()
    }

    /// A place of `length` bytes in the guest's memory, at a multiple of 64.
    ///
    /// # Errors
    ///
    /// If the call fails, or the guest has no memory left.
    pub fn allocate(&mut self, length: u32) -> Result<u32, CallError> {
        let limit = self.store.data().environment.limits.memory;
        let address = self.enter(|exports, store| {
            exports
                .arrowbox_udf_memory()
                .call_allocate(store, length, 64)
        })?;
        if address == 0 && length > 0 {
            self.dead = true;
            return Err(CallError::Memory {
                wanted: self.memory_size() as u64 + u64::from(length),
                limit,
            });
        }
        Ok(address)
    }

    /// The memory, to write arguments into.
    ///
    /// # Errors
    ///
    /// [`CallError::Host`] while something reads it.
    pub fn memory(&mut self) -> Result<Memory<'_>, CallError> {
        if self.is_leased() {
            return Err(leased());
        }
        Ok(Memory::new(self.lease.mapping()))
    }

    /// The memory, to read results in place. The instance can be entered when every buffer that was made
    /// is gone.
    pub fn lease(&self) -> Leased {
        Leased(Arc::clone(&self.lease))
    }

    /// What the component says of itself.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub fn describe(&mut self) -> Result<Description, CallError> {
        self.enter(|exports, store| exports.arrowbox_udf_library().call_describe(store))
    }

    /// Bytes of files that the guest has read so far.
    pub fn bytes_read(&self) -> u64 {
        self.store.data().bytes_read
    }

    /// Bytes of files that the guest has written so far.
    pub fn bytes_written(&self) -> u64 {
        self.store.data().bytes_written
    }

    /// Lets go of a function that was opened.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub fn close(&mut self, handle: Handle) -> Result<(), CallError> {
        self.enter(|_, store| handle.0.resource_drop(store))
    }

    /// Runs guest code. The only place that does.
    pub(super) fn enter<R>(
        &mut self,
        call: impl FnOnce(&Native, &mut Store<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        if self.is_leased() {
            return Err(leased());
        }
        if self.dead {
            return Err(CallError::Host("the instance has failed before".into()));
        }
        let guest = self.store.data_mut();
        guest
            .environment
            .interrupt
            .check()
            .map_err(CallError::Stopped)?;
        guest.call_began = None;
        self.store.set_epoch_deadline(1);
        // Dead until the call has returned, also if the host panics under it.
        self.dead = true;
        let returned = stacker::maybe_grow(STACK_NEEDED, STACK_MADE, || {
            call(&self.exports, &mut self.store)
        });
        match returned {
            Ok(value) => {
                self.dead = false;
                Ok(value)
            }
            Err(error) => Err(call_error(&mut self.store, error)),
        }
    }
}

fn leased() -> CallError {
    CallError::Host("an instance was entered while its memory is read".into())
}

/// Finds out whose fault it is.
fn call_error(store: &mut Store<Guest>, error: wasmtime::Error) -> CallError {
    if let Some(denied) = error.downcast_ref::<Denied>() {
        return match denied {
            Denied::Limit { wanted, limit } => CallError::Memory {
                wanted: *wanted,
                limit: *limit,
            },
            Denied::Pool { wanted, source } => CallError::Pool {
                wanted: *wanted,
                source: Box::new(datafusion::error::DataFusionError::ResourcesExhausted(
                    source.message().into_owned(),
                )),
            },
            Denied::Tables { .. } => CallError::Trap {
                reason: denied.to_string(),
                frames: Frames::of(&error),
            },
        };
    }
    match error.downcast_ref::<Interrupted>() {
        Some(Interrupted::Stopped(stopped)) => return CallError::Stopped(*stopped),
        Some(Interrupted::Timeout(limit)) => return CallError::Timeout(*limit),
        None => {}
    }
    if let Some(Ungranted(grant)) = error.downcast_ref::<Ungranted>() {
        return CallError::Grant(grant.clone());
    }
    let frames = Frames::of(&error);
    if let Some((message, location)) = store.data_mut().panic.take() {
        return CallError::Panic {
            message,
            location,
            frames,
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => CallError::StackOverflow { frames },
        Some(trap) => CallError::Trap {
            reason: trap.to_string(),
            frames,
        },
        None => CallError::Trap {
            reason: error.root_cause().to_string(),
            frames,
        },
    }
}
