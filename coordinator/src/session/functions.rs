use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrowbox_host::{Function, Kind, Runtime};
use datafusion::execution::SessionState;
use tokio::task::JoinError;

use super::ddl::{CreateFunction, DropFunction, FunctionOptions, Lifetime};
use super::declared::DeclaredTypes;
use super::define::{DefineError, bind, define, define_all};
use super::known::{AddedFunction, Known, Outcome};
use super::relations::Maps;
use super::source::{ComponentSource, SourceError};
use crate::catalog::{Catalog, CatalogError, NewVersion, OnExisting};

/// A component whose functions are all made known to a session.
#[derive(Debug, Clone, Default)]
pub struct ComponentOptions {
    /// The path of the component, or its hash in the store.
    pub source: String,
    /// What is said of where it came from, instead of what the source says.
    pub origin: Option<String>,
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

/// The functions that a statement names, as they are when it begins.
pub(super) type Resolved = BTreeMap<String, Function>;

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
    #[error(
        "this session has a function `{name}` already; replace it with CREATE OR REPLACE TEMPORARY FUNCTION"
    )]
    Exists {
        /// The name.
        name: String,
    },
    /// It would hide a function of the engine.
    #[error(
        "`{name}` is a built-in function; hide it with CREATE OR REPLACE FUNCTION or \
         `functions add --replace`, or choose another name"
    )]
    HidesBuiltIn {
        /// The name.
        name: String,
    },
    /// It would hide a format of the engine.
    #[error(
        "`{name}` is a built-in format of tables; hide it with CREATE OR REPLACE FUNCTION or \
         `functions add --replace`, or choose another name"
    )]
    HidesFormat {
        /// The name.
        name: String,
    },
    /// It can not be dropped.
    #[error("`{name}` is a built-in function and can not be dropped")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// The runtime went away, or there is a bug.
    #[error("the work on functions was cut short")]
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
    /// The names of the engine's own functions.
    built_in: HashSet<String>,
    /// What the engine itself stores tables as.
    formats: HashSet<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// That of the catalogue when it was last read.
    generation: Option<u64>,
    catalogued: BTreeMap<String, Known>,
    temporary: BTreeMap<String, Known>,
}

impl State {
    /// What `name` stands for, unless it is built in.
    fn known(&mut self, name: &str) -> Option<&mut Known> {
        self.temporary
            .get_mut(name)
            .or_else(|| self.catalogued.get_mut(name))
    }
}

impl Functions {
    pub(super) fn new(
        catalog: Option<Catalog>,
        runtime: Arc<Runtime>,
        scratch: Arc<Runtime>,
        engine: &SessionState,
    ) -> Self {
        let mut built_in = HashSet::new();
        built_in.extend(engine.scalar_functions().keys().cloned());
        built_in.extend(engine.aggregate_functions().keys().cloned());
        built_in.extend(engine.window_functions().keys().cloned());
        built_in.extend(engine.higher_order_functions().keys().cloned());
        built_in.extend(engine.table_functions().keys().cloned());
        built_in.extend(Maps::ALL.map(|map| map.name().to_owned()));
        let formats = engine.table_factories().keys();
        Self {
            formats: formats.map(|name| name.to_lowercase()).collect(),
            catalog,
            runtime,
            scratch,
            built_in,
            state: Mutex::default(),
        }
    }

    pub(super) fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Those of the functions called `names` that are not built in, as they are now. Blocks while their
    /// components are compiled, if they were not before.
    pub(super) fn resolve(&self, names: &BTreeSet<String>) -> Result<Resolved, FunctionsError> {
        let called: Vec<Known> = {
            let mut state = self.state();
            self.refresh(&mut state)?;
            names
                .iter()
                .filter_map(|name| state.known(name).cloned())
                .collect()
        };
        called
            .into_iter()
            .map(|known| {
                let name = known.name().to_owned();
                Ok((name, self.bound(known)?))
            })
            .collect()
    }

    /// Carries out `CREATE FUNCTION`. Blocks while the component is compiled.
    pub(super) fn create(
        &self,
        create: &CreateFunction,
        declared: &DeclaredTypes,
    ) -> Result<AddedFunction, FunctionsError> {
        match (&self.catalog, create.lifetime) {
            (Some(catalog), Lifetime::Catalog) => self.create_in_catalog(catalog, create, declared),
            _ => self.create_in_session(create, declared),
        }
    }

    /// Makes all functions of a component known to this session.
    pub(super) fn add_component(
        &self,
        options: &ComponentOptions,
    ) -> Result<Vec<AddedFunction>, FunctionsError> {
        let mut source = ComponentSource::find(&options.source, self.scratch.store())?;
        if let Some(origin) = &options.origin {
            source.origin.clone_from(origin);
        }
        let definitions = define_all(&self.scratch, &source, &options.prefix, |function| {
            options.of(function)
        })?;
        let mut state = self.state();
        let add = |definition| {
            let known = Known::of_session(definition, &self.scratch);
            let name = known.name().to_owned();
            let replaced = state.temporary.insert(name.clone(), known).is_some();
            let outcome = if replaced || self.built_in.contains(&name) {
                Outcome::Replaced
            } else {
                Outcome::Created
            };
            AddedFunction::of_session(name, outcome)
        };
        Ok(definitions.into_iter().map(add).collect())
    }

    /// Carries out `DROP FUNCTION`: of the session's own function, or else of the catalogue's. What the
    /// name hid is back. False if there was nothing.
    pub(super) fn drop(&self, drop: &DropFunction) -> Result<bool, FunctionsError> {
        if self.state().temporary.remove(&drop.name).is_some() {
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
        Err(if self.built_in.contains(&name) {
            FunctionsError::BuiltIn { name }
        } else {
            FunctionsError::NotFound { name }
        })
    }

    /// All functions that can be called, by name, but those of the engine.
    pub(super) fn list(&self) -> Result<Vec<Known>, FunctionsError> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        let mut functions = state.catalogued.clone();
        functions.extend(state.temporary.clone());
        Ok(functions.into_values().collect())
    }

    fn create_in_catalog(
        &self,
        catalog: &Catalog,
        create: &CreateFunction,
        declared: &DeclaredTypes,
    ) -> Result<AddedFunction, FunctionsError> {
        if catalog.is_read_only() {
            let path = catalog.path().to_owned();
            return Err(CatalogError::ReadOnly { path }.into());
        }
        let name = create.name.clone();
        // Before anything is read or compiled for it; the catalogue looks again when it changes.
        if create.existing != OnExisting::Replace {
            match (catalog.show(&name), create.existing) {
                (Ok(entry), OnExisting::Keep) => {
                    return Ok(AddedFunction {
                        name,
                        version: Some(entry.version.number),
                        outcome: Outcome::Kept,
                    });
                }
                (Ok(entry), _) => {
                    let version = entry.version.number;
                    return Err(CatalogError::Exists { name, version }.into());
                }
                (Err(CatalogError::NotFound { .. }), _) => self.check_hidden(&name)?,
                (Err(error), _) => return Err(error.into()),
            }
        }
        let definition = define(&self.runtime, create, declared)?;
        self.check_format(&definition, create.existing)?;
        let added = catalog.add(definition, create.existing)?;
        Ok(AddedFunction::of_catalog(name, &added))
    }

    fn create_in_session(
        &self,
        create: &CreateFunction,
        declared: &DeclaredTypes,
    ) -> Result<AddedFunction, FunctionsError> {
        let name = create.name.clone();
        let existing = self.state().temporary.contains_key(&name);
        match (existing, create.existing) {
            (_, OnExisting::Replace) => {}
            (true, OnExisting::Keep) => {
                return Ok(AddedFunction::of_session(name, Outcome::Kept));
            }
            (true, OnExisting::Refuse) => return Err(FunctionsError::Exists { name }),
            (false, _) => self.check_hidden(&name)?,
        }
        let definition = define(&self.scratch, create, declared)?;
        self.check_format(&definition, create.existing)?;
        let known = Known::of_session(definition, &self.scratch);
        let replaced = self.state().temporary.insert(name.clone(), known).is_some();
        let outcome = if replaced {
            Outcome::Replaced
        } else {
            Outcome::Created
        };
        Ok(AddedFunction::of_session(name, outcome))
    }

    /// A format of the engine, too: only readers and writers hide those.
    fn check_format(
        &self,
        definition: &NewVersion,
        existing: OnExisting,
    ) -> Result<(), FunctionsError> {
        let stores = [Kind::Reader, Kind::Writer].map(|kind| kind.to_string());
        let name = &definition.binding.name;
        if existing != OnExisting::Replace
            && stores.contains(&definition.kind)
            && self.formats.contains(name)
        {
            let name = name.clone();
            return Err(FunctionsError::HidesFormat { name });
        }
        Ok(())
    }

    /// A function of the engine is hidden only by who says OR REPLACE.
    fn check_hidden(&self, name: &str) -> Result<(), FunctionsError> {
        if self.built_in.contains(name) {
            let name = name.to_owned();
            return Err(FunctionsError::HidesBuiltIn { name });
        }
        Ok(())
    }

    /// The function as DataFusion calls it. Nothing is locked while a component is compiled.
    fn bound(&self, known: Known) -> Result<Function, DefineError> {
        if let Some(function) = known.function {
            return Ok(function);
        }
        let function = bind(&known.runtime, &known.definition.binding)?;
        let mut state = self.state();
        let now = state.known(known.name());
        if let Some(now) = now.filter(|now| now.is_same(&known)) {
            // Another statement may have been faster: all use the same.
            return Ok(now.function.get_or_insert(function).clone());
        }
        Ok(function)
    }

    /// Reads the catalogue again if anything has changed in it.
    fn refresh(&self, state: &mut State) -> Result<(), FunctionsError> {
        let Some(catalog) = &self.catalog else {
            return Ok(());
        };
        let generation = catalog.generation()?;
        if state.generation == Some(generation) {
            return Ok(());
        }
        let mut latest = BTreeMap::new();
        for entry in catalog.list()? {
            let mut known = Known::of_catalog(entry, &self.runtime);
            let before = state.catalogued.remove(known.name());
            known.function = before
                .filter(|before| before.is_same(&known))
                .and_then(|before| before.function);
            latest.insert(known.name().to_owned(), known);
        }
        state.catalogued = latest;
        state.generation = Some(generation);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
