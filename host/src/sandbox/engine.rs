//! Wasmtime, set up for guests that nobody trusts.

#![expect(unsafe_code, reason = "loads machine code that was authenticated")]

use std::{
    fs::File,
    hash::{Hash, Hasher},
    os::fd::AsRawFd,
    sync::{Arc, Weak, mpsc},
    thread,
    time::Duration,
};

use wasmtime::{
    Config,
    component::{Component, HasSelf, Linker},
};

use super::{
    bindings::Portable,
    instance::Guest,
    lane::Lane,
    memory::{Creator, GUARD, RESERVATION},
    wasi,
};

/// How often guests look whether they have to stop.
pub(super) const TICK: Duration = Duration::from_millis(5);
/// Stack that host calls of a guest on a stack of its own can use, in bytes.
const HOST_STACK: usize = 1 << 20;

/// Compiles and links components.
pub struct Engine {
    native: Half,
    portable: Half,
    fingerprint: String,
}

/// What compiles and links the components of one lane.
struct Half {
    wasmtime: Arc<wasmtime::Engine>,
    linker: Linker<Guest>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the WebAssembly engine")]
pub struct EngineError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Why a component was not compiled or loaded.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler or the validator refused it.
    #[error("the component is not valid: {0}")]
    Invalid(String),
    /// The compiler ran out of time.
    #[error(
        "compiling the component took longer than {} s: split its largest functions",
        .0.as_secs()
    )]
    Timeout(Duration),
    /// The compiler's thread did not start or died.
    #[error("the compiler failed: {0}")]
    Compiler(String),
}

/// Machine code of a component of some lane, that this process made, or that the store has authenticated.
///
/// Loading machine code is as dangerous as running it: nothing else can be loaded.
pub struct TrustedCode(Code);

enum Code {
    Made(Vec<u8>),
    /// At the beginning of a file, so many bytes.
    Kept(File, u64),
}

impl TrustedCode {
    /// Vouches for the first `size` bytes of a file.
    ///
    /// # Safety
    ///
    /// They must be what [`Engine::compile`] returned, on this machine or another, and stay so for as long as the
    /// component is in use: whoever could change them must be somebody who could replace this program too.
    pub unsafe fn vouch(file: File, size: u64) -> Self {
        Self(Code::Kept(file, size))
    }

    /// Bytes of it.
    pub fn size(&self) -> u64 {
        match &self.0 {
            Code::Made(bytes) => bytes.len() as u64,
            Code::Kept(_, size) => *size,
        }
    }

    /// For keeping it, if it is not kept already.
    pub fn made(&self) -> Option<&[u8]> {
        match &self.0 {
            Code::Made(bytes) => Some(bytes),
            Code::Kept(..) => None,
        }
    }
}

impl Engine {
    /// An engine and the thread that makes its guests look at the clock.
    ///
    /// # Errors
    ///
    /// If the machine has no support for what a sandbox needs.
    pub fn new() -> Result<Self, EngineError> {
        let failed = |error: wasmtime::Error| EngineError(error.into());
        let native = Half::new(&native()).map_err(failed)?;
        let portable = Half::new(&portable()).map_err(failed)?;
        let engines = [&native, &portable].map(|half| Arc::downgrade(&half.wasmtime));
        tick(engines).map_err(|error| EngineError(error.into()))?;
        let mut hasher = Blake(blake3::Hasher::new());
        // What is kept beside the code is of this version.
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        for half in [&native, &portable] {
            half.wasmtime
                .precompile_compatibility_hash()
                .hash(&mut hasher);
        }
        Ok(Self {
            fingerprint: hasher.0.finalize().to_hex()[..16].to_owned(),
            native,
            portable,
        })
    }

    /// Names what machine code of this engine depends on: version, settings, features of the processor.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Machine code of a component of this lane.
    ///
    /// Blocks for milliseconds to minutes, as the lane's bounds say.
    ///
    /// # Errors
    ///
    /// If the component is not valid or takes too long.
    pub fn compile(&self, lane: Lane, component: Vec<u8>) -> Result<TrustedCode, CompileError> {
        let (done, result) = mpsc::sync_channel(1);
        let engine = Arc::clone(&self.half(lane).wasmtime);
        thread::Builder::new()
            .name("arrowbox-compile".into())
            .spawn(move || {
                // Nobody listens any more if it took too long.
                let _ = done.send(engine.precompile_component(&component));
            })
            .map_err(|error| CompileError::Compiler(error.to_string()))?;
        let limit = lane.bounds().compile_time;
        match result.recv_timeout(limit) {
            Ok(Ok(code)) => Ok(TrustedCode(Code::Made(code))),
            Ok(Err(error)) => Err(CompileError::Invalid(format!("{error:#}"))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(CompileError::Timeout(limit)),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(CompileError::Compiler("its thread died".into()))
            }
        }
    }

    pub(super) fn load(&self, lane: Lane, code: &TrustedCode) -> Result<Component, CompileError> {
        let engine = &self.half(lane).wasmtime;
        // SAFETY: `TrustedCode` is made by `compile`, or by a caller who vouches that it is what `compile` made.
        // Wasmtime copies bytes, and maps a file, which does not change. Code of the other lane's engine is refused:
        // its settings differ.
        let loaded = unsafe {
            match &code.0 {
                Code::Made(bytes) => Component::deserialize(engine, bytes),
                // The open file, whatever has its name by now. What follows the code there is not looked at.
                Code::Kept(file, _) => {
                    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
                    Component::deserialize_file(engine, path)
                }
            }
        };
        loaded.map_err(|error| CompileError::Invalid(format!("{error:#}")))
    }

    pub(super) fn wasmtime(&self, lane: Lane) -> &wasmtime::Engine {
        &self.half(lane).wasmtime
    }

    pub(super) fn linker(&self, lane: Lane) -> &Linker<Guest> {
        &self.half(lane).linker
    }

    fn half(&self, lane: Lane) -> &Half {
        match lane {
            Lane::Native => &self.native,
            Lane::Portable => &self.portable,
        }
    }
}

impl Half {
    fn new(config: &Config) -> wasmtime::Result<Self> {
        let wasmtime = Arc::new(wasmtime::Engine::new(config)?);
        let mut linker = Linker::new(&wasmtime);
        Portable::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
        wasi::add_to_linker(&mut linker)?;
        Ok(Self { wasmtime, linker })
    }
}

/// What the guests of both lanes have in common.
fn config(lane: Lane) -> Config {
    let stack = lane.bounds().stack;
    let mut config = Config::new();
    config
        .memory_reservation(RESERVATION)
        .memory_guard_size(GUARD)
        .memory_may_move(false)
        .epoch_interruption(true)
        .async_stack_size(stack + HOST_STACK)
        .max_wasm_stack(stack)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32))
        .wasm_component_model(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .cranelift_opt_level(wasmtime::OptLevel::Speed);
    config
}

/// Memory that the host maps itself, to read and write it in place.
fn native() -> Config {
    let mut config = config(Lane::Native);
    config
        .with_host_memory(Arc::new(Creator))
        // Wasmtime would map initial contents into memory that it does not own.
        .memory_init_cow(false);
    config
}

/// Memory whose initial contents, tens of MiB for an interpreter, all instances share until they write to them.
fn portable() -> Config {
    let mut config = config(Lane::Portable);
    config.memory_init_cow(true);
    config
}

/// Advances the epoch of each engine for as long as one of them lives.
fn tick<const N: usize>(engines: [Weak<wasmtime::Engine>; N]) -> std::io::Result<()> {
    thread::Builder::new()
        .name("arrowbox-epoch".into())
        .spawn(move || {
            loop {
                let mut live = false;
                for engine in engines.iter().filter_map(Weak::upgrade) {
                    engine.increment_epoch();
                    live = true;
                }
                if !live {
                    return;
                }
                thread::sleep(TICK);
            }
        })
        .map(|_| ())
}

/// BLAKE3 where `Hash` wants a `Hasher`.
struct Blake(blake3::Hasher);

impl Hasher for Blake {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
    }
}
