//! A compiled component, ready to be instantiated.

use std::{sync::Arc, time::Duration};

use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};

use wasmtime::component::InstancePre;

use super::{
    check::{CheckError, Outline},
    engine::{CompileError, Engine, TrustedCode},
    environment::Environment,
    exports::Places,
    grants::Grants,
    instance::{CallError, Guest, Instance},
    lane::Lane,
    limits::Limits,
    wire,
};

/// Limits of what runs before any query does. An interpreter has tens of MiB when it begins.
const PREPARATION: Limits = Limits {
    memory: 256 << 20,
    timeout: Duration::from_secs(10),
};

/// Machine code of a component, linked to the host.
pub struct Linked {
    engine: Arc<Engine>,
    lane: Lane,
    waits: bool,
    pre: InstancePre<Guest>,
    places: Places,
    seed: [u8; 32],
    code_size: u64,
}

/// Why a component can not be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It is not what a host runs.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Its imports or exports have other types than those of the contract.
    #[error("its functions have other types than those of `arrowbox:udf`: {0}")]
    Types(String),
}

impl Linked {
    /// Compiles a component that was looked at.
    ///
    /// Blocks for milliseconds to minutes.
    ///
    /// # Errors
    ///
    /// If it does not compile in time.
    pub fn compile(
        engine: &Engine,
        outline: &Outline,
        component: Vec<u8>,
    ) -> Result<TrustedCode, LinkError> {
        Ok(engine.compile(outline.lane, component)?)
    }

    /// Links machine code of a component that was looked at. `seed` is what the component's randomness begins with
    /// where it was granted none.
    ///
    /// Takes a fraction of a millisecond, and milliseconds for an interpreter.
    ///
    /// # Errors
    ///
    /// If the code is of another engine, or the component's types are not those of the contract.
    pub fn link(
        engine: &Arc<Engine>,
        outline: &Outline,
        code: &TrustedCode,
        seed: [u8; 32],
    ) -> Result<Self, LinkError> {
        let lane = outline.lane;
        let component = engine.load(lane, code)?;
        let types = |error: wasmtime::Error| LinkError::Types(format!("{error:#}"));
        let pre = engine
            .linker(lane)
            .instantiate_pre(&component)
            .map_err(types)?;
        Ok(Self {
            engine: Arc::clone(engine),
            lane,
            waits: lane == Lane::Portable || outline.is_of_wasi(),
            places: Places::find(&pre).map_err(types)?,
            pre,
            seed,
            code_size: code.size(),
        })
    }

    /// Bytes of machine code and what belongs to it.
    pub fn code_size(&self) -> u64 {
        self.code_size
    }

    /// What the component says of itself: unchecked.
    ///
    /// # Errors
    ///
    /// If the guest fails while it does.
    pub fn describe(&self) -> Result<wire::Description, CallError> {
        Instance::new(self, &preparation("describe".into()))?.describe()
    }

    pub(super) fn engine(&self) -> &wasmtime::Engine {
        self.engine.wasmtime(self.lane)
    }

    pub(super) fn lane(&self) -> Lane {
        self.lane
    }

    /// Whether a guest can wait within a call, so that it needs a stack of its own.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    pub(super) fn pre(&self) -> &InstancePre<Guest> {
        &self.pre
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    pub(super) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }
}

/// Surroundings of a guest that no query has asked for yet: no grants, no data, little memory and time.
pub fn preparation(function: Arc<str>) -> Arc<Environment> {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(PREPARATION.memory as usize));
    Arc::new(Environment {
        function,
        limits: PREPARATION,
        grants: Grants::default(),
        columns: false,
        data: Arc::default(),
        files: None,
        sink: None,
        pool,
        interrupt: Arc::default(),
        log: Arc::default(),
    })
}
