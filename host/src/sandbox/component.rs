//! A compiled component, ready to be instantiated.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};

use super::{
    bindings::NativePre,
    check::{CheckError, check},
    engine::{CompileError, Engine, TrustedCode},
    environment::Environment,
    grants::Grants,
    instance::{CallError, Guest, Instance},
    limits::Limits,
    wire,
};

/// Limits of what runs before any query does.
const PREPARATION: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_secs(10),
};

/// Machine code of a component, linked to the host.
pub struct Linked {
    engine: Arc<Engine>,
    pre: NativePre<Guest>,
    code_size: usize,
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
    /// Checks and compiles `component`.
    ///
    /// Blocks for milliseconds to seconds.
    ///
    /// # Errors
    ///
    /// If it is not a component that a host runs, or does not compile in time.
    pub fn compile(engine: &Engine, component: Vec<u8>) -> Result<TrustedCode, LinkError> {
        check(&component)?;
        Ok(engine.compile(component)?)
    }

    /// Links machine code. Takes a fraction of a millisecond.
    ///
    /// # Errors
    ///
    /// If the code is of another engine, or the component's types are not those of the contract.
    pub fn link(engine: &Arc<Engine>, code: &TrustedCode) -> Result<Self, LinkError> {
        let component = engine.load(code)?;
        let types = |error: wasmtime::Error| LinkError::Types(format!("{error:#}"));
        let pre = engine
            .linker()
            .instantiate_pre(&component)
            .and_then(NativePre::new)
            .map_err(types)?;
        Ok(Self {
            engine: Arc::clone(engine),
            pre,
            code_size: code.bytes().len(),
        })
    }

    /// Bytes of machine code and what belongs to it.
    pub fn code_size(&self) -> usize {
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
        self.engine.wasmtime()
    }

    pub(super) fn linked(&self) -> &NativePre<Guest> {
        &self.pre
    }
}

/// The interfaces that a component imports, by name.
///
/// # Errors
///
/// If it is not a component that a host runs.
pub fn imports(component: &[u8]) -> Result<BTreeSet<String>, CheckError> {
    check(component).map(|outline| outline.imports.into_iter().collect())
}

/// Surroundings of a guest that no query has asked for yet: no grants, no data, little memory and time.
pub fn preparation(function: Arc<str>) -> Arc<Environment> {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(PREPARATION.memory as usize));
    Arc::new(Environment {
        function,
        limits: PREPARATION,
        grants: Grants::default(),
        data: Arc::default(),
        files: None,
        sink: None,
        pool,
        interrupt: Arc::default(),
        log: Arc::default(),
    })
}
