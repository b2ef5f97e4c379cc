//! Before an attempt gets plans: everything that they call is here, compiled, and bound.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::task::{JoinError, JoinSet};

use crate::{
    functions::{BindError, Binding, Function},
    runtime::{ComponentError, Runtime},
    store::{Digest, StoreError},
};

/// Why an attempt can not run on a host.
#[derive(Debug, thiserror::Error)]
#[error("host `{host}` can not run the query")]
pub(super) struct PrepareError {
    pub(super) host: String,
    #[source]
    pub(super) reason: Unprepared,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unprepared {
    /// A blob was not sent.
    #[error("what it needs was not sent")]
    Missing(#[from] StoreError),
    /// A component can not be used.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// A function can not be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A thread that did it panicked.
    #[error("the preparation broke down")]
    Panicked(#[from] JoinError),
}

/// Binds all functions, by their names.
///
/// # Cancellation
///
/// What is being compiled goes on, for whoever needs it next.
pub(super) async fn prepare(
    runtime: &Arc<Runtime>,
    bindings: &[Binding],
    digests: &[Digest],
) -> Result<BTreeMap<String, Function>, Unprepared> {
    if let Some(missing) = runtime.store().missing(digests).first() {
        return Err(StoreError::Missing(missing.digest).into());
    }
    // Each component once: its functions are bound in no time then.
    let components: BTreeSet<_> = bindings.iter().map(|binding| binding.component).collect();
    let mut compiling = JoinSet::new();
    for component in components {
        let runtime = Arc::clone(runtime);
        compiling.spawn_blocking(move || runtime.component(component).map(drop));
    }
    while let Some(compiled) = compiling.join_next().await {
        compiled??;
    }
    let mut binding = JoinSet::new();
    for function in bindings.iter().cloned() {
        let runtime = Arc::clone(runtime);
        binding.spawn_blocking(move || {
            let name = function.name.clone();
            Ok::<_, BindError>((name, Function::bind(&runtime, function)?))
        });
    }
    let mut functions = BTreeMap::new();
    while let Some(bound) = binding.join_next().await {
        let (name, function) = bound??;
        functions.insert(name, function);
    }
    Ok(functions)
}
