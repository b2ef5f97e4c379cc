//! Wasmtime, set up for guests that nobody trusts.

#![expect(unsafe_code, reason = "loads machine code that was authenticated")]

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, Weak, mpsc},
    thread,
    time::Duration,
};

use wasmtime::{
    Config,
    component::{HasSelf, Linker},
};

use super::{
    bindings::Native,
    instance::Guest,
    memory::{Creator, GUARD, RESERVATION},
};

/// How often guests look whether they have to stop.
pub(super) const TICK: Duration = Duration::from_millis(5);
/// How long the compilation of one component may take.
const COMPILE_TIME: Duration = Duration::from_secs(120);
/// Stack that a guest can use, in bytes.
pub(super) const WASM_STACK: usize = 256 << 10;

/// Compiles and links components of the native lane.
pub struct Engine {
    wasmtime: Arc<wasmtime::Engine>,
    linker: Linker<Guest>,
    fingerprint: String,
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
        COMPILE_TIME.as_secs()
    )]
    Timeout,
    /// The compiler's thread did not start or died.
    #[error("the compiler failed: {0}")]
    Compiler(String),
}

/// Machine code that this process made, or that the store has authenticated.
///
/// Loading machine code is as dangerous as running it: nothing else can be loaded.
pub struct TrustedCode(Vec<u8>);

impl TrustedCode {
    /// Vouches for `bytes`.
    ///
    /// # Safety
    ///
    /// `bytes` must be what [`Engine::compile`] returned, on this machine or another: whoever could have
    /// changed them since must be somebody who could replace this program too.
    pub unsafe fn vouch(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For keeping it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
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
        let mut config = Config::new();
        config
            .with_host_memory(Arc::new(Creator))
            // Wasmtime would map initial contents into memory that it does not own.
            .memory_init_cow(false)
            .memory_reservation(RESERVATION)
            .memory_guard_size(GUARD)
            .memory_may_move(false)
            .epoch_interruption(true)
            .max_wasm_stack(WASM_STACK)
            .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32))
            .wasm_component_model(true)
            .wasm_simd(true)
            .wasm_relaxed_simd(false)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_custom_page_sizes(false)
            .wasm_wide_arithmetic(false)
            .cranelift_opt_level(wasmtime::OptLevel::Speed);
        let wasmtime = Arc::new(wasmtime::Engine::new(&config).map_err(failed)?);
        let mut linker = Linker::new(&wasmtime);
        Native::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest).map_err(failed)?;
        tick(&wasmtime).map_err(|error| EngineError(error.into()))?;
        let mut hasher = Blake(blake3::Hasher::new());
        wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            fingerprint: hasher.0.finalize().to_hex()[..16].to_owned(),
            wasmtime,
            linker,
        })
    }

    /// Names what machine code of this engine depends on: version, settings, features of the processor.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Machine code of a component.
    ///
    /// Blocks for milliseconds to seconds, two minutes at most.
    ///
    /// # Errors
    ///
    /// If the component is not valid or takes too long.
    pub fn compile(&self, component: Vec<u8>) -> Result<TrustedCode, CompileError> {
        let (done, result) = mpsc::sync_channel(1);
        let engine = Arc::clone(&self.wasmtime);
        thread::Builder::new()
            .name("arrowbox-compile".into())
            .spawn(move || {
                // Nobody listens any more if it took too long.
                let _ = done.send(engine.precompile_component(&component));
            })
            .map_err(|error| CompileError::Compiler(error.to_string()))?;
        match result.recv_timeout(COMPILE_TIME) {
            Ok(Ok(code)) => Ok(TrustedCode(code)),
            Ok(Err(error)) => Err(CompileError::Invalid(format!("{error:#}"))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(CompileError::Timeout),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(CompileError::Compiler("its thread died".into()))
            }
        }
    }

    pub(super) fn load(
        &self,
        code: &TrustedCode,
    ) -> Result<wasmtime::component::Component, CompileError> {
        // SAFETY: `TrustedCode` is made by `compile`, or by a caller who vouches that it is what
        // `compile` made. Wasmtime copies the bytes, so that they can not change under it.
        unsafe { wasmtime::component::Component::deserialize(&self.wasmtime, code.bytes()) }
            .map_err(|error| CompileError::Invalid(format!("{error:#}")))
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    pub(super) fn linker(&self) -> &Linker<Guest> {
        &self.linker
    }
}

/// Advances the epoch for as long as the engine lives.
fn tick(engine: &Arc<wasmtime::Engine>) -> std::io::Result<()> {
    let engine: Weak<wasmtime::Engine> = Arc::downgrade(engine);
    thread::Builder::new()
        .name("arrowbox-epoch".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
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
