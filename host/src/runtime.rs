//! Components by digest, compiled once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::{
    functions::{Description, DescriptionError},
    sandbox::{
        CallError, CheckError, Engine, EngineError, Lane, LinkError, Linked, Outline, check,
    },
    store::{Digest, Kept, Store, StoreError},
};

/// The sandbox of this process, and the components that it has loaded.
pub struct Runtime {
    engine: Arc<Engine>,
    store: Arc<Store>,
    loaded: Mutex<HashMap<Digest, Arc<Slot>>>,
}

/// The span in which a component is compiled. It has its short hash as `component`, and its size as `bytes`.
pub const COMPILING: &str = "compiling";

/// Components that are kept loaded though nobody uses them.
const IDLE: usize = 256;

/// A component that is loaded, or that one thread loads while the others who want it wait.
type Slot = Mutex<Option<Arc<Component>>>;

/// A component that is ready to run, and what it says of itself.
pub struct Component {
    digest: Digest,
    outline: Outline,
    linked: Linked,
    description: Description,
}

/// Why a component can not be used.
#[derive(Debug, thiserror::Error)]
#[error("component {} cannot be used", digest.short())]
pub struct ComponentError {
    /// Which.
    pub digest: Digest,
    /// Why.
    #[source]
    pub reason: Box<Refusal>,
}

/// What is wrong with a component.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not in the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not what a host runs.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It fails when asked what it is.
    #[error("its function `describe` {0}")]
    Describe(#[from] CallError),
    /// What it says of itself makes no sense.
    #[error(transparent)]
    Description(#[from] DescriptionError),
}

impl From<CheckError> for Refusal {
    fn from(error: CheckError) -> Self {
        Self::Link(error.into())
    }
}

impl Runtime {
    /// A sandbox for the components of `store`.
    ///
    /// # Errors
    ///
    /// If the machine has no support for what a sandbox needs.
    pub fn new(store: Store) -> Result<Arc<Self>, EngineError> {
        Ok(Arc::new(Self {
            engine: Arc::new(Engine::new()?),
            store: Arc::new(store),
            loaded: Mutex::default(),
        }))
    }

    /// Where components and data are.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The component of this name: at once if it was used before, in about a millisecond if it was
    /// compiled on this machine before, and otherwise after compiling it, which blocks. Whoever asks for it
    /// meanwhile waits for that.
    ///
    /// # Errors
    ///
    /// If it is not there, or not a component that a host runs.
    pub fn component(&self, digest: Digest) -> Result<Arc<Component>, ComponentError> {
        let slot = self.slot(digest);
        // A thread that panicked has put nothing there.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = &*slot {
            return Ok(Arc::clone(component));
        }
        let component = self
            .load(digest)
            .map(Arc::new)
            .map_err(|reason| ComponentError {
                digest,
                reason: Box::new(reason),
            })?;
        *slot = Some(Arc::clone(&component));
        Ok(component)
    }

    fn slot(&self, digest: Digest) -> Arc<Slot> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.len() >= IDLE && !loaded.contains_key(&digest) {
            // A process that runs for months meets many: those that are in use stay.
            loaded.retain(|_, slot| Arc::strong_count(slot) > 1 || is_used(slot));
        }
        Arc::clone(loaded.entry(digest).or_default())
    }

    fn load(&self, digest: Digest) -> Result<Component, Refusal> {
        let (outline, linked) = match self.kept(digest) {
            Some(kept) => kept,
            None => self.compile(digest)?,
        };
        Ok(Component {
            digest,
            description: Description::parse(linked.describe()?, outline.lane)?,
            outline,
            linked,
        })
    }

    /// The component of what was compiled before. The component itself is not read.
    fn kept(&self, digest: Digest) -> Option<(Outline, Linked)> {
        let fingerprint = self.engine.fingerprint();
        let Kept { code, outline } = self.store.load_code(&digest, fingerprint)?;
        let linked = postcard::from_bytes(&outline)
            .map_err(|error| error.to_string())
            .and_then(|outline| {
                match Linked::link(&self.engine, &outline, &code, *digest.as_bytes()) {
                    Ok(linked) => Ok((outline, linked)),
                    Err(error) => Err(error.to_string()),
                }
            });
        match linked {
            Ok(linked) => Some(linked),
            // Made by an engine that calls itself like this one and is not.
            Err(error) => {
                tracing::warn!(%error, "compiled code does not load: compiling again");
                self.store.forget_code(&digest, fingerprint);
                None
            }
        }
    }

    fn compile(&self, digest: Digest) -> Result<(Outline, Linked), Refusal> {
        let bytes = self.store.get(&digest)?;
        let outline = check(&bytes)?;
        let began = Instant::now();
        let span =
            tracing::info_span!(COMPILING, component = %digest.short(), bytes = outline.size);
        let code = span.in_scope(|| Linked::compile(&self.engine, &outline, bytes))?;
        drop(span);
        tracing::info!(component = %digest.short(), bytes = outline.size, took = ?began.elapsed(), "compiled");
        let linked = Linked::link(&self.engine, &outline, &code, *digest.as_bytes())?;
        if let (Some(code), Ok(outline)) = (code.made(), postcard::to_stdvec(&outline)) {
            self.store
                .save_code(&digest, self.engine.fingerprint(), code, &outline);
        }
        Ok((outline, linked))
    }
}

/// Whether anybody holds the component.
fn is_used(slot: &Slot) -> bool {
    slot.try_lock()
        .is_ok_and(|slot| slot.as_ref().is_some_and(|it| Arc::strong_count(it) > 1))
}

impl Component {
    /// Its name.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Bytes of WebAssembly.
    pub fn size(&self) -> u64 {
        self.outline.size
    }

    /// Bytes of machine code and what belongs to it.
    pub fn compiled_size(&self) -> u64 {
        self.linked.code_size()
    }

    /// The interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.outline.imports
    }

    /// How buffers cross.
    pub fn lane(&self) -> Lane {
        self.outline.lane
    }

    /// Its functions.
    pub fn description(&self) -> &Description {
        &self.description
    }

    pub(crate) fn linked(&self) -> &Linked {
        &self.linked
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Component({})", self.digest.short())
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runtime({})", self.store.dir().display())
    }
}
