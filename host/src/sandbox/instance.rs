//! One guest: a store, its memory, and the ways in.

use std::{
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow::array::ArrayRef;
use wasmtime::{
    Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{ComponentNamedList, Lift, Lower, ResourceAny, ResourceTable},
};

use super::{
    columns::Desk,
    component::Linked,
    environment::Environment,
    exports::{Call, Exports},
    grants::Grant,
    imports::Ungranted,
    interrupt::Stopped,
    lane::Lane,
    limits::{Charge, Denied, Limiter},
    memory::{Lease, Leased, Mapping, Memory, take_created},
    plain::plain,
    wait::wait,
    wasi::Wasi,
    wire::{Batch, Description},
};

/// Stack that the calling thread must have left before it enters a guest, in bytes: what a guest of the native lane
/// may use and as much for the host calls that it makes. Other guests have a stack of their own.
const STACK_NEEDED: usize = 512 << 10;
/// Stack that is made where there is less.
const STACK_MADE: usize = 2 << 20;
/// Bytes that a guest can hand over in one call besides the buffers.
const HOSTCALL_BYTES: usize = 8 << 20;

/// Bytes that an instance of the portable lane takes before it is worn.
const WORN: usize = 64 << 20;

/// What the host keeps for a guest; host calls see it.
pub(super) struct Guest {
    pub(super) environment: Arc<Environment>,
    pub(super) panic: Option<(String, String)>,
    /// Files that the guest writes, columns, and what it has of WASI.
    pub(super) resources: ResourceTable,
    /// How many of them are files.
    pub(super) open_files: usize,
    /// Bytes of files that were handed to the guest.
    pub(super) bytes_read: u64,
    /// Bytes of files that the guest handed over.
    pub(super) bytes_written: u64,
    /// Where columns wait for the guest, and the guest's for the host.
    pub(super) desk: Desk,
    pub(super) wasi: Wasi,
    pub(super) limiter: Limiter,
    /// Known when the component's start functions have run. Only in the native lane.
    mapping: Option<Arc<Mapping>>,
    /// When the call began, as seen by its first look at the clock.
    call_began: Option<Instant>,
}

impl Environment {
    /// Whether a call that began then may go on.
    pub(super) fn go_on(&self, began: Instant) -> Result<(), Interrupted> {
        self.interrupt.check().map_err(Interrupted::Stopped)?;
        if began.elapsed() > self.limits.timeout {
            return Err(Interrupted::Timeout(self.limits.timeout));
        }
        Ok(())
    }
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
    /// Called every few milliseconds while the guest computes. Says when the call began.
    pub(super) fn look_at_the_clock(&mut self) -> Result<Instant, Interrupted> {
        let began = *self.call_began.get_or_insert_with(Instant::now);
        self.environment.go_on(began)?;
        Ok(began)
    }

    /// The guest's memory, for the host call that it waits for.
    pub(super) fn memory(&mut self) -> wasmtime::Result<Memory<'_>> {
        // A guest that runs is not leased: `Instance::enter` has looked.
        let mapping = self.mapping.as_ref();
        let mapping = mapping.ok_or_else(|| {
            wasmtime::format_err!("a span means nothing here: the host does not share this memory")
        })?;
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
    #[error("recursed without end: it used all of its {} KiB of stack{frames}", stack >> 10)]
    StackOverflow {
        /// Bytes that it has.
        stack: usize,
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
    exports: Exports,
    /// In the native lane, its memory.
    lease: Option<Arc<Lease>>,
    /// Whether it can wait within a call.
    waits: bool,
    /// Bytes of memory that it began with.
    began_with: usize,
    dead: bool,
}

/// Where the buffers are that an instance returns.
#[derive(Clone)]
pub enum Source {
    /// In its memory, where they can be read in place.
    Memory(Leased),
    /// They came along. The instance has so many bytes of memory.
    Bytes(usize),
}

impl Source {
    /// Bytes that the guest has now.
    pub fn memory_size(&self) -> usize {
        match self {
            Self::Memory(leased) => leased.memory_size(),
            Self::Bytes(memory) => *memory,
        }
    }
}

impl Instance {
    /// Instantiates `component`. Takes tens of microseconds.
    ///
    /// # Errors
    ///
    /// If a start function does not return, or there is no memory.
    pub fn new(component: &Linked, environment: &Arc<Environment>) -> Result<Self, CallError> {
        environment.interrupt.check().map_err(CallError::Stopped)?;
        let lane = component.lane();
        let charge = Charge::new(&environment.function, &environment.pool);
        let guest = Guest {
            environment: Arc::clone(environment),
            panic: None,
            resources: ResourceTable::new(),
            open_files: 0,
            bytes_read: 0,
            bytes_written: 0,
            desk: Desk::default(),
            wasi: Wasi::new(component.seed()),
            mapping: None,
            limiter: Limiter::new(lane, environment.limits.memory, charge),
            call_began: None,
        };
        let mut store = Store::new(component.engine(), guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_hostcall_fuel(match lane {
            Lane::Native => HOSTCALL_BYTES,
            // All that its memory can hold, and some of it twice.
            Lane::Portable => usize::try_from(environment.limits.memory)
                .unwrap_or(usize::MAX)
                .saturating_add(HOSTCALL_BYTES),
        });
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
        let (pre, places) = (component.pre(), component.places());
        let instantiated = if component.waits() {
            waiting(environment, async {
                let instance = pre.instantiate_async(&mut store).await?;
                places.load(&instance, &mut store)
            })
        } else {
            on_enough_stack(|| {
                let instance = pre.instantiate(&mut store)?;
                places.load(&instance, &mut store)
            })
        };
        let created = take_created();
        let exports = instantiated.map_err(|error| call_error(lane, store.data_mut(), error))?;
        let lease = match lane {
            Lane::Portable => None,
            Lane::Native => {
                let mapping = created.ok_or_else(|| {
                    CallError::Host("the component was made without a memory".into())
                })?;
                mapping.set_charge(Arc::clone(store.data().limiter.charge()));
                store.data_mut().mapping = Some(Arc::clone(&mapping));
                Some(Lease::new(mapping))
            }
        };
        Ok(Self {
            exports,
            lease,
            waits: component.waits(),
            began_with: store.data().limiter.used(),
            store,
            dead: false,
        })
    }

    /// How buffers cross.
    pub fn lane(&self) -> Lane {
        match self.lease {
            Some(_) => Lane::Native,
            None => Lane::Portable,
        }
    }

    /// Whether something still reads the memory in place. The instance must not be entered then.
    pub fn is_leased(&mut self) -> bool {
        // Sees what other threads did before they dropped their leases, too.
        let lease = self.lease.as_mut();
        lease.is_some_and(|lease| Arc::get_mut(lease).is_none())
    }

    /// Whether a call failed, so that the instance can not be used any more.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Whether it has taken much memory since it was made. Memory is never given back, and some languages lose what
    /// they return: where nothing is lost with an instance, another one is better.
    pub fn is_worn(&self) -> bool {
        self.lane() == Lane::Portable && self.memory_size() > self.began_with + WORN
    }

    /// Bytes of memory: its own, and what the host holds for it.
    pub fn memory_size(&self) -> usize {
        match &self.lease {
            Some(lease) => lease.mapping().size(),
            None => self.store.data().limiter.used(),
        }
    }

    /// A place of `length` bytes in the guest's memory, at a multiple of 64. Only in the native lane.
    ///
    /// # Errors
    ///
    /// If the call fails, or the guest has no memory left.
    pub fn allocate(&mut self, length: u32) -> Result<u32, CallError> {
        let limit = self.store.data().environment.limits.memory;
        let allocate = self.exports.allocate.ok_or_else(no_memory)?;
        let address = self.call(allocate, (length, 64))?;
        if address == 0 && length > 0 {
            self.dead = true;
            return Err(CallError::Memory {
                wanted: self.memory_size() as u64 + u64::from(length),
                limit,
            });
        }
        Ok(address)
    }

    /// The memory, to write arguments into. Only in the native lane.
    ///
    /// # Errors
    ///
    /// [`CallError::Host`] while something reads it.
    pub fn memory(&mut self) -> Result<Memory<'_>, CallError> {
        if self.is_leased() {
            return Err(leased());
        }
        let lease = self.lease.as_ref().ok_or_else(no_memory)?;
        Ok(Memory::new(lease.mapping()))
    }

    /// Where to read results. If that is in place, the instance can be entered when every buffer that was made is
    /// gone.
    pub fn source(&self) -> Source {
        match &self.lease {
            Some(lease) => Source::Memory(Leased(Arc::clone(lease))),
            None => Source::Bytes(self.memory_size()),
        }
    }

    /// Whether batches of the function stay with the host, as columns.
    pub fn takes_columns(&self) -> bool {
        self.store.data().environment.columns
    }

    /// Lays columns of `rows` rows, or constants of one, ready for the next call, which is given the batch.
    pub fn offer(&mut self, columns: &[ArrayRef], rows: usize) -> Batch {
        self.store.data_mut().desk.offer(columns.to_vec());
        Batch {
            rows: rows as u64,
            nodes: Vec::new(),
            buffers: Vec::new(),
            variadic: Vec::new(),
        }
    }

    /// The columns that the guest gave in the last call, if it gave any.
    pub fn given(&mut self) -> Option<Vec<ArrayRef>> {
        self.store.data_mut().desk.given()
    }

    /// What the component says of itself.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub fn describe(&mut self) -> Result<Description, CallError> {
        self.enter(|exports| &exports.library.describe, ())
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
        self.begin()?;
        let returned = match self.waits {
            true => {
                let environment = Arc::clone(&self.store.data().environment);
                waiting(&environment, handle.0.resource_drop_async(&mut self.store))
            }
            false => on_enough_stack(|| handle.0.resource_drop(&mut self.store)),
        };
        self.end(returned)
    }

    /// Calls a function of the guest.
    pub(super) fn enter<P, R>(
        &mut self,
        function: impl FnOnce(&Exports) -> &Call<P, R>,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift + 'static,
    {
        let function = *function(&self.exports);
        self.call(function, parameters)
    }

    fn call<P, R>(&mut self, function: Call<P, R>, parameters: P) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift + 'static,
    {
        self.begin()?;
        let returned = match self.waits {
            true => {
                let environment = Arc::clone(&self.store.data().environment);
                waiting(
                    &environment,
                    function.call_async(&mut self.store, parameters),
                )
            }
            false => on_enough_stack(|| function.call(&mut self.store, parameters)),
        };
        self.end(returned).map(|(returned,)| returned)
    }

    /// Before guest code runs.
    fn begin(&mut self) -> Result<(), CallError> {
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
        guest.desk.begin();
        guest.wasi.begin();
        self.store.set_epoch_deadline(1);
        // Dead until the call has returned, also if the host panics under it.
        self.dead = true;
        Ok(())
    }

    /// After guest code has run.
    fn end<R>(&mut self, returned: wasmtime::Result<R>) -> Result<R, CallError> {
        let lane = self.lane();
        let guest = self.store.data_mut();
        guest.desk.end();
        match returned {
            Ok(value) => {
                self.dead = false;
                Ok(value)
            }
            Err(error) => Err(call_error(lane, guest, error)),
        }
    }
}

/// Runs a guest on this thread's stack, or on a larger one.
fn on_enough_stack<R>(call: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(STACK_NEEDED, STACK_MADE, call)
}

/// Runs a guest on a stack of its own, and waits for it.
fn waiting<R>(
    environment: &Environment,
    call: impl Future<Output = wasmtime::Result<R>>,
) -> wasmtime::Result<R> {
    let began = Instant::now();
    wait(call, || {
        environment.go_on(began).map_err(wasmtime::Error::new)
    })
}

fn no_memory() -> CallError {
    CallError::Host("a guest of the portable lane does not share its memory".into())
}

fn leased() -> CallError {
    CallError::Host("an instance was entered while its memory is read".into())
}

/// Finds out whose fault it is.
fn call_error(lane: Lane, guest: &mut Guest, error: wasmtime::Error) -> CallError {
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
    if let Some((message, location)) = guest.panic.take() {
        return CallError::Panic {
            message,
            location,
            frames,
        };
    }
    let reason = match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => {
            let stack = lane.bounds().stack;
            return CallError::StackOverflow { stack, frames };
        }
        Some(trap) => trap.to_string(),
        None => match guest.wasi.exit_of(&error) {
            Some(status) => format!("it ended itself, with the status {status}"),
            None => error.root_cause().to_string(),
        },
    };
    CallError::Trap {
        reason: guest.wasi.with_last_words(reason),
        frames,
    }
}
