use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrowbox_host::Runtime;
use datafusion::execution::SessionState;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;
use tokio::task::JoinError;

use super::ddl::{CreateFunction, DropFunction, FunctionOptions, Lifetime};
use super::define::{DeclaredTypes, DefineError, bind, define, define_all};
use super::source::{ComponentSource, SourceError};
use crate::catalog::{self, Catalog, CatalogError, NewVersion, OnExisting};

/// A function that can be called.
#[derive(Clone)]
pub struct Known {
    /// What it is.
    pub definition: NewVersion,
    /// Its version in the catalogue; none if only this session knows it.
    pub version: Option<u32>,
    /// Whether its name is pinned to this version.
    pub pinned: bool,
    runtime: Arc<Runtime>,
    /// Made when it is called for the first time.
    udf: Option<Arc<ScalarUDF>>,
}

impl Known {
    /// As it is called in SQL.
    pub fn name(&self) -> &str {
        &self.definition.binding.name
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("definition", &self.definition)
            .field("version", &self.version)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}

/// What became of a function that was made known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// There was none of this name.
    Created {
        /// As it is called in SQL.
        name: String,
        /// Its version in the catalogue; none if only this session knows it.
        version: Option<u32>,
    },
    /// It takes the place of another.
    Replaced {
        /// As it is called in SQL.
        name: String,
        /// Its version in the catalogue; none if only this session knows it.
        version: Option<u32>,
    },
    /// The one that was there stays.
    Kept {
        /// As it is called in SQL.
        name: String,
        /// Its version in the catalogue; none if only this session knows it.
        version: Option<u32>,
    },
}

impl Added {
    /// As it is called in SQL.
    pub fn name(&self) -> &str {
        match self {
            Self::Created { name, .. } | Self::Replaced { name, .. } | Self::Kept { name, .. } => name,
        }
    }
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name, version) = match self {
            Self::Created { name, version } => ("created", name, version),
            Self::Replaced { name, version } => ("replaced", name, version),
            Self::Kept { name, version } => ("kept", name, version),
        };
        match version {
            Some(version) => write!(f, "{what} function `{name}` (version {version})"),
            None => write!(f, "{what} function `{name}` for this session"),
        }
    }
}

/// A component whose functions are all made known to a session.
#[derive(Debug, Clone, Default)]
pub struct ComponentOptions {
    /// The path of the component, or its hash in the store.
    pub source: String,
    /// Goes before the names of its functions.
    pub prefix: String,
    /// What holds for all its functions.
    pub all: FunctionOptions,
    /// What holds for single functions instead, by their names in the component; grants add up.
    pub functions: BTreeMap<String, FunctionOptions>,
}

impl ComponentOptions {
    fn of(&self, function: &str) -> FunctionOptions {
        let Some(own) = self.functions.get(function) else {
            return self.all.clone();
        };
        let mut options = own.clone();
        for grant in self.all.grants.iter() {
            options.grants.insert(grant.clone());
        }
        options
    }
}

/// Why the functions of a session do not change, or one can not be called.
#[derive(Debug, thiserror::Error)]
pub enum FunctionsError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The function.
    #[error(transparent)]
    Define(#[from] DefineError),
    /// The file of a component.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is nothing to drop.
    #[error("there is no function `{name}`")]
    NotFound {
        /// The name.
        name: String,
    },
    /// The session has a function of this name.
    #[error("this session has a function `{name}` already; replace it with CREATE OR REPLACE TEMPORARY FUNCTION")]
    Exists {
        /// The name.
        name: String,
    },
    /// It would hide a function of the engine.
    #[error("`{name}` is a built-in function; hide it with CREATE OR REPLACE FUNCTION or `functions add --replace`, or choose another name")]
    HidesBuiltIn {
        /// The name.
        name: String,
    },
    /// It can not be dropped.
    #[error("`{name}` is a built-in function and can not be dropped")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// The runtime went away.
    #[error("the session's runtime has ended")]
    Ended(#[source] JoinError),
}

/// The functions of a session: its own, and those of the catalogue as it is when a statement begins.
///
/// A function is bound when a statement calls it, not before: a catalogue of a thousand functions costs a
/// session nothing, and one whose component is broken hurts only whoever calls it.
pub(super) struct Functions {
    catalog: Option<Catalog>,
    /// For what is in the catalogue.
    runtime: Arc<Runtime>,
    /// For what only this session knows. The same, unless nothing can be written there.
    scratch: Arc<Runtime>,
    built_in: HashMap<String, Arc<ScalarUDF>>,
    reserved: HashSet<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// That of the catalogue when it was last read.
    generation: Option<u64>,
    catalogued: BTreeMap<String, Known>,
    temporary: BTreeMap<String, Known>,
}

impl Functions {
    pub(super) fn new(
        catalog: Option<Catalog>,
        runtime: Arc<Runtime>,
        scratch: Arc<Runtime>,
        engine: &SessionState,
    ) -> Self {
        let built_in = engine.scalar_functions().clone();
        let mut reserved: HashSet<String> = built_in.keys().cloned().collect();
        reserved.extend(engine.aggregate_functions().keys().cloned());
        reserved.extend(engine.window_functions().keys().cloned());
        reserved.extend(engine.higher_order_functions().keys().cloned());
        Self { catalog, runtime, scratch, built_in, reserved, state: Mutex::default() }
    }

    pub(super) fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Makes the functions called `names` callable in `context`.
    pub(super) fn prepare(&self, context: &SessionContext, names: &BTreeSet<String>) -> Result<(), FunctionsError> {
        let mut state = self.state();
        self.refresh(&mut state, context)?;
        for name in names {
            let State { temporary, catalogued, .. } = &mut *state;
            let Some(known) = temporary.get_mut(name).or_else(|| catalogued.get_mut(name)) else {
                continue;
            };
            if known.udf.is_none() {
                let udf = bind(&known.runtime, &known.definition.binding)?;
                context.register_udf(ScalarUDF::clone(&udf));
                known.udf = Some(udf);
            }
        }
        Ok(())
    }

    /// Carries out `CREATE FUNCTION`. Blocks while the component is compiled.
    pub(super) fn create(
        &self,
        context: &SessionContext,
        create: &CreateFunction,
        declared: &DeclaredTypes,
    ) -> Result<Added, FunctionsError> {
        let lifetime = if self.catalog.is_none() { Lifetime::Session } else { create.lifetime };
        self.check_name(create, lifetime)?;
        match (&self.catalog, lifetime) {
            (Some(catalog), Lifetime::Catalog) => {
                if catalog.is_read_only() {
                    return Err(CatalogError::ReadOnly { path: catalog.path().to_owned() }.into());
                }
                if let Some(kept) = self.kept(catalog, create)? {
                    return Ok(kept);
                }
                let (definition, _) = define(&self.runtime, create, declared)?;
                let added = catalog.add(definition, create.existing)?;
                Ok(match added {
                    catalog::Added::Created(version) => {
                        Added::Created { name: create.name.clone(), version: Some(version.number) }
                    }
                    catalog::Added::Replaced(version) => {
                        Added::Replaced { name: create.name.clone(), version: Some(version.number) }
                    }
                    catalog::Added::Kept(version) => {
                        Added::Kept { name: create.name.clone(), version: Some(version.number) }
                    }
                })
            }
            _ => self.create_temporary(context, create, declared),
        }
    }

    /// Makes all functions of a component known to this session, and gives their names.
    pub(super) fn add_component(
        &self,
        context: &SessionContext,
        options: &ComponentOptions,
    ) -> Result<Vec<Added>, FunctionsError> {
        let source = ComponentSource::find(&options.source, self.scratch.store())?;
        let definitions = define_all(&self.scratch, &source, &options.prefix, |function| {
            options.of(function)
        })?;
        let mut state = self.state();
        let mut added = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let name = definition.binding.name.clone();
            let hides = self.reserved.contains(&name);
            self.forget(&mut state, context, &name);
            let known = Known::temporary(definition, &self.scratch, None);
            let replaced = state.temporary.insert(name.clone(), known).is_some();
            added.push(if hides || replaced {
                Added::Replaced { name, version: None }
            } else {
                Added::Created { name, version: None }
            });
        }
        Ok(added)
    }

    /// Carries out `DROP FUNCTION`: of the session's own function, or else of the catalogue's. What the
    /// name hid is back. False if there was nothing.
    pub(super) fn drop(&self, context: &SessionContext, drop: &DropFunction) -> Result<bool, FunctionsError> {
        let mut state = self.state();
        self.forget(&mut state, context, &drop.name);
        if state.temporary.remove(&drop.name).is_some() {
            return Ok(true);
        }
        let removed = match &self.catalog {
            Some(catalog) => match catalog.remove(&drop.name) {
                Ok(_) => true,
                Err(CatalogError::NotFound { .. }) => false,
                // Where nothing can be written it is still worth knowing that there is nothing.
                Err(CatalogError::ReadOnly { .. }) if catalog.show(&drop.name).is_err() => false,
                Err(error) => return Err(error.into()),
            },
            None => false,
        };
        if removed || drop.if_exists {
            return Ok(removed);
        }
        let name = drop.name.clone();
        Err(if self.reserved.contains(&name) {
            FunctionsError::BuiltIn { name }
        } else {
            FunctionsError::NotFound { name }
        })
    }

    /// All functions that can be called, by name, but those of the engine.
    pub(super) fn list(&self, context: &SessionContext) -> Result<Vec<Known>, FunctionsError> {
        let mut state = self.state();
        self.refresh(&mut state, context)?;
        let mut functions = state.catalogued.clone();
        functions.extend(state.temporary.clone());
        Ok(functions.into_values().collect())
    }

    fn create_temporary(
        &self,
        context: &SessionContext,
        create: &CreateFunction,
        declared: &DeclaredTypes,
    ) -> Result<Added, FunctionsError> {
        let existing = self.state().temporary.contains_key(&create.name);
        match (existing, create.existing) {
            (true, OnExisting::Keep) => return Ok(Added::Kept { name: create.name.clone(), version: None }),
            (true, OnExisting::Refuse) => return Err(FunctionsError::Exists { name: create.name.clone() }),
            _ => {}
        }
        let (definition, udf) = define(&self.scratch, create, declared)?;
        let mut state = self.state();
        self.forget(&mut state, context, &create.name);
        context.register_udf(ScalarUDF::clone(&udf));
        let known = Known::temporary(definition, &self.scratch, Some(udf));
        let replaced = state.temporary.insert(create.name.clone(), known).is_some();
        let name = create.name.clone();
        Ok(if replaced { Added::Replaced { name, version: None } } else { Added::Created { name, version: None } })
    }

    /// Whether the statement changes nothing because there is one, or because of one that it must not
    /// replace; before anything is read or compiled for it.
    fn kept(&self, catalog: &Catalog, create: &CreateFunction) -> Result<Option<Added>, FunctionsError> {
        if create.existing == OnExisting::Replace {
            return Ok(None);
        }
        let name = create.name.clone();
        match (catalog.show(&name), create.existing) {
            (Ok(entry), OnExisting::Keep) => Ok(Some(Added::Kept { name, version: Some(entry.version.number) })),
            (Ok(entry), _) => Err(CatalogError::Exists { name, version: entry.version.number }.into()),
            (Err(CatalogError::NotFound { .. }), _) => Ok(None),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// A function of the engine is hidden only by who says OR REPLACE.
    fn check_name(&self, create: &CreateFunction, lifetime: Lifetime) -> Result<(), FunctionsError> {
        if !self.reserved.contains(&create.name) || create.existing == OnExisting::Replace {
            return Ok(());
        }
        let name = create.name.clone();
        let hidden = match (&self.catalog, lifetime) {
            (Some(catalog), Lifetime::Catalog) => catalog.show(&name).is_ok(),
            _ => self.state().temporary.contains_key(&name),
        };
        if hidden { Ok(()) } else { Err(FunctionsError::HidesBuiltIn { name }) }
    }

    /// Reads the catalogue again if anything has changed in it.
    fn refresh(&self, state: &mut State, context: &SessionContext) -> Result<(), FunctionsError> {
        let Some(catalog) = &self.catalog else {
            return Ok(());
        };
        let generation = catalog.generation()?;
        if state.generation == Some(generation) {
            return Ok(());
        }
        let mut latest = BTreeMap::new();
        for entry in catalog.list()? {
            let name = entry.version.definition.binding.name.clone();
            let bound = state
                .catalogued
                .get(&name)
                .filter(|known| known.version == Some(entry.version.number))
                .and_then(|known| known.udf.clone());
            let known = Known {
                version: Some(entry.version.number),
                pinned: entry.pinned,
                definition: entry.version.definition,
                runtime: Arc::clone(&self.runtime),
                udf: bound,
            };
            latest.insert(name, known);
        }
        let previous = std::mem::replace(&mut state.catalogued, latest);
        for (name, known) in previous {
            let still = state.catalogued.get(&name).is_some_and(|latest| latest.udf.is_some());
            if known.udf.is_some() && !still && !state.temporary.contains_key(&name) {
                self.unregister(context, &name);
            }
        }
        state.generation = Some(generation);
        Ok(())
    }

    /// Takes what `name` stands for out of the context; the next statement that calls it binds anew.
    fn forget(&self, state: &mut State, context: &SessionContext, name: &str) {
        let State { temporary, catalogued, .. } = state;
        let mut bound = false;
        for known in [temporary.get_mut(name), catalogued.get_mut(name)].into_iter().flatten() {
            bound |= known.udf.take().is_some();
        }
        if bound {
            self.unregister(context, name);
        }
    }

    fn unregister(&self, context: &SessionContext, name: &str) {
        context.deregister_udf(name);
        if let Some(built_in) = self.built_in.get(name) {
            context.register_udf(ScalarUDF::clone(built_in));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn temporary(definition: NewVersion, runtime: &Arc<Runtime>, udf: Option<Arc<ScalarUDF>>) -> Self {
        Self { definition, version: None, pinned: false, runtime: Arc::clone(runtime), udf }
    }
}
