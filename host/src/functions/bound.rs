//! A function of a component, tied to a name: what every kind of function begins with.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::{
    common::plan_err,
    error::{DataFusionError, Result},
    execution::memory_pool::GreedyMemoryPool,
    logical_expr::{DocSection, Documentation, Volatility},
};

use super::{
    binding::Binding,
    coercion::{Choice, choose},
    description::{Description, FunctionDescription, Kind, NullHandling, Signature},
    error::{Failure, FunctionError},
};
use crate::{
    query::{FunctionScope, QueryScope},
    runtime::{Component, ComponentError, Runtime},
    sandbox::{Blobs, Environment, Grant, GrantError, Instance, Limits, preparation, wire},
    store::StoreError,
};

/// Why a name can not be tied to a function.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The component can not be used.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component has no such function.
    #[error("component {component} has no function `{function}`; it has: {known}")]
    NoFunction {
        /// Its short digest.
        component: String,
        /// What was asked for.
        function: String,
        /// What there is.
        known: String,
    },
    /// The function does something else with rows.
    #[error("`{function}` is a function of the kind {kind}, and {wanted} was asked for")]
    Kind {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
        /// The kind that it was to be.
        wanted: Kind,
    },
    /// The function needs something that it was not granted.
    #[error(
        "function `{function}` needs the grant `{grant}`: add `OPTIONS (grant '{grant}')`, or `--grant {grant}` on the command line"
    )]
    Grant {
        /// The function.
        function: String,
        /// What it needs.
        grant: String,
    },
    /// The function asks for a permission that does not exist.
    #[error("function `{function}` asks for something that can not be granted")]
    UnknownGrant {
        /// The function.
        function: String,
        /// What it asks for.
        #[source]
        source: GrantError,
    },
    /// What the function says of nulls can not be overruled that way.
    #[error(
        "function `{0}` is strict: it never sees a null, so it can not be CALLED ON NULL INPUT"
    )]
    Strict(String),
    /// Only functions of values can be told how to treat nulls.
    #[error(
        "function `{function}` takes rows ({kind}): STRICT and CALLED ON NULL INPUT say nothing of it"
    )]
    Nulls {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
    },
    /// A blob for the constructor is missing.
    #[error("the data `{name}` of function `{function}` cannot be read")]
    Data {
        /// The function.
        function: String,
        /// The name of the blob.
        name: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The constructor says no.
    #[error(transparent)]
    Constructor(Box<FunctionError>),
}

/// A function of a component, as a binding has it.
pub(super) struct Bound {
    /// Names the function within a query: two bindings of one name are two functions.
    id: u64,
    pub(super) binding: Binding,
    /// Parameters beside those of the binding.
    pub(super) given: BTreeMap<String, String>,
    component: Arc<Component>,
    /// Where in the component's description the function is.
    index: usize,
    pub(super) nulls: NullHandling,
    pub(super) volatility: Volatility,
    data: Arc<Blobs>,
    options: wire::Options,
}

/// The next function's id.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Bound {
    pub(super) fn new(
        runtime: &Arc<Runtime>,
        binding: Binding,
        kind: Kind,
    ) -> Result<Self, BindError> {
        let component = runtime.component(binding.component)?;
        let Description { functions, .. } = component.description();
        let Some(index) = functions.iter().position(|f| f.name == binding.function) else {
            let known: Vec<_> = functions.iter().map(|f| f.name.as_str()).collect();
            return Err(BindError::NoFunction {
                component: binding.component.short(),
                function: binding.function,
                known: known.join(", "),
            });
        };
        let function = &functions[index];
        if function.kind != kind {
            return Err(BindError::Kind {
                function: function.name.clone(),
                kind: function.kind,
                wanted: kind,
            });
        }
        let volatility = granted(&binding, function)?;
        let nulls = match (binding.nulls, function.nulls) {
            (Some(_), _) if !kind.takes_values() => {
                return Err(BindError::Nulls {
                    function: binding.name,
                    kind,
                });
            }
            (Some(NullHandling::Called), NullHandling::Strict) => {
                return Err(BindError::Strict(binding.name));
            }
            (overruled, described) => overruled.unwrap_or(described),
        };
        let mut data = Blobs::new();
        for (name, digest) in &binding.data {
            let blob = runtime
                .store()
                .get(digest)
                .map_err(|source| BindError::Data {
                    function: binding.name.clone(),
                    name: name.clone(),
                    source,
                })?;
            data.insert(name.clone(), blob.into());
        }
        let options = wire::Options {
            parameters: binding.parameters.clone().into_iter().collect(),
            data: data.keys().cloned().collect(),
        };
        Ok(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            component,
            index,
            nulls,
            volatility,
            data: Arc::new(data),
            options,
            binding,
            given: BTreeMap::new(),
        })
    }

    /// The same function with other parameters beside those of its binding.
    pub(super) fn with(&self, given: BTreeMap<String, String>) -> Self {
        let mut parameters = self.binding.parameters.clone();
        parameters.extend(given.clone());
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            binding: self.binding.clone(),
            given,
            component: Arc::clone(&self.component),
            index: self.index,
            nulls: self.nulls,
            volatility: self.volatility,
            data: Arc::clone(&self.data),
            options: wire::Options {
                parameters: parameters.into_iter().collect(),
                data: self.options.data.clone(),
            },
        }
    }

    /// Its name in SQL.
    pub(super) fn name(&self) -> &str {
        &self.binding.name
    }

    pub(super) fn function(&self) -> &FunctionDescription {
        &self.component.description().functions[self.index]
    }

    /// For its constructor.
    pub(super) fn options(&self) -> &wire::Options {
        &self.options
    }

    /// What happened, to which function, on which machine.
    pub(super) fn error(&self, host: &str, cause: impl Into<Failure>) -> FunctionError {
        FunctionError {
            function: self.binding.name.clone(),
            component: self.component.digest(),
            host: host.to_owned(),
            cause: cause.into(),
        }
    }

    /// [`error`](Self::error) for whoever plans a query.
    pub(super) fn planning_error(&self, cause: impl Into<Failure>) -> DataFusionError {
        self.error("embedded", cause).into()
    }

    /// The scope of the query that runs with these options.
    pub(super) fn query<'o>(
        &self,
        options: &'o datafusion::config::ConfigOptions,
    ) -> Result<&'o Arc<QueryScope>> {
        QueryScope::of(options).ok_or_else(|| self.without_scope())
    }

    pub(super) fn without_scope(&self) -> DataFusionError {
        DataFusionError::Execution(format!(
            "function `{}` runs only in a query with a `QueryScope`: run it through a `Session`",
            self.binding.name
        ))
    }

    /// The signature that a call with arguments of these types means.
    pub(super) fn choose(&self, given: &[DataType]) -> Result<Choice> {
        let signatures = &self.function().signatures;
        if let Some(choice) = choose(signatures, given) {
            return Ok(choice);
        }
        let given: Vec<_> = given.iter().map(DataType::to_string).collect();
        let known: Vec<_> = signatures
            .iter()
            .map(|signature| format!("{}{signature}", self.binding.name))
            .collect();
        plan_err!(
            "function `{}` cannot be called with ({}); it is: {}",
            self.binding.name,
            given.join(", "),
            known.join("; ")
        )
    }

    /// A call of each signature whose arguments have types that are known.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let choice = |(index, signature): (usize, &Signature)| {
            let types = signature.arguments.iter();
            let types: Option<Vec<_>> = types.map(|argument| argument.accepts.example()).collect();
            types.map(|types| Choice {
                signature: index,
                types,
            })
        };
        let signatures = self.function().signatures.iter();
        signatures.enumerate().filter_map(choice).collect()
    }

    /// The signature that was chosen.
    pub(super) fn signature(&self, choice: &Choice) -> &Signature {
        &self.function().signatures[choice.signature]
    }

    /// The arguments' fields, named as in the signature.
    pub(super) fn arguments(&self, choice: &Choice) -> Vec<FieldRef> {
        let signature = self.signature(choice);
        let name = |index| {
            signature
                .argument(index)
                .map_or("", |argument| &argument.name)
        };
        let types = choice.types.iter().enumerate();
        types
            .map(|(index, data_type)| Arc::new(Field::new(name(index), data_type.clone(), true)))
            .collect()
    }

    /// What belongs to the function in a query.
    pub(super) fn scope(&self, query: &QueryScope) -> Arc<FunctionScope> {
        query.function(self.id, self.component.digest(), |query| Environment {
            function: self.binding.name.as_str().into(),
            limits: self.binding.limits,
            grants: self.binding.grants.clone(),
            columns: self.function().columns,
            data: Arc::clone(&self.data),
            files: None,
            sink: None,
            pool: Arc::clone(query.memory_pool()),
            interrupt: Arc::clone(query.interrupt()),
            log: Arc::clone(query.log()),
        })
    }

    /// What surrounds the function where no query has asked for it yet: while one is planned.
    pub(super) fn preparation(&self) -> Arc<Environment> {
        let around = preparation(self.binding.name.as_str().into());
        let memory = usize::try_from(self.binding.limits.memory).unwrap_or(usize::MAX);
        Arc::new(Environment {
            // Nobody can cancel what runs outside of a query.
            limits: Limits {
                timeout: self.binding.limits.timeout.min(around.limits.timeout),
                ..self.binding.limits
            },
            grants: self.binding.grants.clone(),
            columns: self.function().columns,
            data: Arc::clone(&self.data),
            pool: Arc::new(GreedyMemoryPool::new(memory)),
            ..Environment::clone(&around)
        })
    }

    /// A new instance of the component.
    pub(super) fn instance(&self, environment: &Arc<Environment>) -> Result<Instance, Failure> {
        Ok(Instance::new(self.component.linked(), environment)?)
    }

    /// How it is called, for people.
    pub(super) fn documentation(&self) -> Documentation {
        let function = self.function();
        let syntax: Vec<_> = function
            .signatures
            .iter()
            .map(|signature| format!("{}{signature}", self.binding.name))
            .collect();
        let text = function.documentation.clone();
        Documentation::builder(DocSection::default(), text, syntax.join("\n")).build()
    }
}

/// What the optimiser can assume, if the function has every grant that it needs.
fn granted(binding: &Binding, function: &FunctionDescription) -> Result<Volatility, BindError> {
    let mut volatility = binding.volatility.unwrap_or(function.volatility);
    for needed in &function.grants {
        let grant: Grant = needed.parse().map_err(|source| BindError::UnknownGrant {
            function: binding.name.clone(),
            source,
        })?;
        if !binding.grants.contains(&grant) {
            return Err(BindError::Grant {
                function: binding.name.clone(),
                grant: grant.to_string(),
            });
        }
        volatility = match (&grant, volatility) {
            (Grant::Random, _) => Volatility::Volatile,
            (Grant::Clock, Volatility::Immutable) => Volatility::Stable,
            (_, volatility) => volatility,
        };
    }
    Ok(volatility)
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.binding == other.binding && self.given == other.given
    }
}

impl Eq for Bound {}

impl std::hash::Hash for Bound {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.binding.name.hash(state);
        self.binding.component.hash(state);
        self.binding.function.hash(state);
    }
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound")
            .field("name", &self.binding.name)
            .field("component", &self.component)
            .finish_non_exhaustive()
    }
}
