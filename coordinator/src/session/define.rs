//! From what a statement says about a function to what the catalogue keeps of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrowbox_host::{
    BindError, Binding, Component, ComponentError, Digest, Function, FunctionDescription, Kind,
    Refusal, Runtime,
};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Volatility;

use super::ddl::{CreateFunction, FunctionOptions, Returns};
use super::declared::DeclaredTypes;
use super::forms::title;
use super::source::{ComponentSource, SourceError};
use crate::catalog::NewVersion;

/// Why a function can not be made known.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// The component is not there.
    #[error("the component of the function `{name}` is not there")]
    Source {
        /// The function.
        name: String,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// The component is refused.
    #[error("`{origin}` can not run here (component {})", digest.short())]
    Component {
        /// The file, or the hash.
        origin: String,
        /// Its hash.
        digest: Digest,
        /// Why.
        #[source]
        source: Box<Refusal>,
    },
    /// The component has no function of this name.
    #[error("the component `{origin}` has no function `{function}`; it has {available}")]
    NoFunction {
        /// The file, or the hash.
        origin: String,
        /// The function wanted.
        function: String,
        /// The functions there are.
        available: String,
    },
    /// The component has several functions, and none is named.
    #[error(
        "the component `{origin}` has several functions; say which one: AS '…', '<function>'. It has {available}"
    )]
    WhichFunction {
        /// The file, or the hash.
        origin: String,
        /// The functions there are.
        available: String,
    },
    /// A clause that says nothing of functions of this kind.
    #[error("`{name}` is {}: {clause} can not be honoured, {reason}", title(*kind))]
    Clause {
        /// The function.
        name: String,
        /// Its kind.
        kind: Kind,
        /// The clause.
        clause: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A type in the statement.
    #[error("the type {data_type} in the declaration of `{name}` is not known")]
    Type {
        /// The function.
        name: String,
        /// The type.
        data_type: String,
        /// Why.
        #[source]
        source: Box<DataFusionError>,
    },
    /// The declaration is not what the component says.
    #[error(
        "the function `{name}` is not declared as its component has it: {declared} is none of\n{available}"
    )]
    Signature {
        /// The function.
        name: String,
        /// As declared.
        declared: String,
        /// What there is, a line each.
        available: String,
    },
    /// A blob for the constructor.
    #[error("the data `{key}` of the function `{name}` is not there")]
    Data {
        /// The function.
        name: String,
        /// The blob's name.
        key: String,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// The host refuses the function.
    #[error("the function `{name}` can not be used")]
    Bind {
        /// The function.
        name: String,
        /// Why.
        #[source]
        source: Box<BindError>,
    },
}

/// Looks at the component and makes a version of the function, which has proved to be one that runs.
pub(super) fn define(
    runtime: &Arc<Runtime>,
    create: &CreateFunction,
    declared: &DeclaredTypes,
) -> Result<NewVersion, DefineError> {
    let mut source = ComponentSource::find(&create.source, runtime.store()).map_err(|source| {
        DefineError::Source {
            name: create.name.clone(),
            source,
        }
    })?;
    if let Some(origin) = &create.origin {
        source.origin.clone_from(origin);
    }
    let component = open(runtime, &source)?;
    let function = choose(&component, create, &source.origin)?;
    check_clauses(create, function.kind)?;
    declared.check(&create.name, function)?;
    let binding = Binding {
        name: create.name.clone(),
        component: source.digest,
        function: function.name.clone(),
        grants: create.options.grants.clone(),
        limits: create.options.limits(),
        parameters: create.options.parameters.clone(),
        data: store_data(runtime, &create.name, &create.options)?,
        volatility: create.volatility,
        nulls: create.nulls,
    };
    bind(runtime, &binding)?
        .try_constructor()
        .map_err(|source| refused(&binding, source))?;
    Ok(version(binding, function, source.origin))
}

/// Every function of a component that can be called, under its own name behind `prefix`.
pub(super) fn define_all(
    runtime: &Arc<Runtime>,
    source: &ComponentSource,
    prefix: &str,
    options: impl Fn(&str) -> FunctionOptions,
) -> Result<Vec<NewVersion>, DefineError> {
    let component = open(runtime, source)?;
    let mut versions = Vec::new();
    for function in &component.description().functions {
        let name = format!("{prefix}{}", function.name);
        let options = options(&function.name);
        let binding = Binding {
            component: source.digest,
            function: function.name.clone(),
            grants: options.grants.clone(),
            limits: options.limits(),
            parameters: options.parameters.clone(),
            data: store_data(runtime, &name, &options)?,
            volatility: None,
            nulls: None,
            name,
        };
        versions.push(version(binding, function, source.origin.clone()));
    }
    Ok(versions)
}

pub(super) fn bind(runtime: &Arc<Runtime>, binding: &Binding) -> Result<Function, DefineError> {
    Function::bind(runtime, binding.clone()).map_err(|source| refused(binding, source))
}

fn refused(binding: &Binding, source: BindError) -> DefineError {
    DefineError::Bind {
        name: binding.name.clone(),
        source: Box::new(source),
    }
}

fn open(runtime: &Arc<Runtime>, source: &ComponentSource) -> Result<Arc<Component>, DefineError> {
    runtime
        .component(source.digest)
        .map_err(|ComponentError { digest, reason }| DefineError::Component {
            origin: source.origin.clone(),
            digest,
            source: reason,
        })
}

fn version(binding: Binding, function: &FunctionDescription, origin: String) -> NewVersion {
    NewVersion {
        kind: function.kind.to_string(),
        signatures: function
            .signatures
            .iter()
            .map(|signature| format!("{}{signature}", binding.name))
            .collect(),
        volatility: volatility_name(binding.volatility.unwrap_or(function.volatility)).to_owned(),
        nulls: binding.nulls.unwrap_or(function.nulls),
        documentation: function.documentation.clone(),
        origin,
        binding,
    }
}

fn choose<'c>(
    component: &'c Component,
    create: &CreateFunction,
    origin: &str,
) -> Result<&'c FunctionDescription, DefineError> {
    let functions = &component.description().functions;
    let named = |name: &str| functions.iter().find(|function| function.name == name);
    let available = || {
        let names: Vec<_> = functions
            .iter()
            .map(|function| format!("`{}`", function.name))
            .collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    match (&create.function, functions.as_slice()) {
        (Some(function), _) => named(function).ok_or_else(|| DefineError::NoFunction {
            origin: origin.to_owned(),
            function: function.clone(),
            available: available(),
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(DefineError::NoFunction {
            origin: origin.to_owned(),
            function: create.name.clone(),
            available: available(),
        }),
        (None, _) => named(&create.name).ok_or_else(|| DefineError::WhichFunction {
            origin: origin.to_owned(),
            available: available(),
        }),
    }
}

/// Every clause is honoured, or refused by name.
fn check_clauses(create: &CreateFunction, kind: Kind) -> Result<(), DefineError> {
    let refused = |clause, reason| {
        Err(DefineError::Clause {
            name: create.name.clone(),
            kind,
            clause,
            reason,
        })
    };
    let values = matches!(kind, Kind::Scalar | Kind::Aggregate | Kind::Window);
    let stores = matches!(kind, Kind::Reader | Kind::Writer);
    match &create.returns {
        Some(Returns::Value(_)) if !values => {
            return refused("RETURNS with a type", "it returns no values");
        }
        Some(Returns::Table(_)) if values => return refused("RETURNS TABLE", "it returns values"),
        Some(Returns::Table(_)) if stores => {
            return refused(
                "RETURNS TABLE",
                "its columns depend on what it is used with",
            );
        }
        _ => {}
    }
    if create.arguments.is_some() && stores {
        return refused(
            "a list of arguments",
            "it is told locations and options where it is used",
        );
    }
    if create.volatility.is_some() && !values && kind != Kind::Table {
        return refused(
            "IMMUTABLE, STABLE or VOLATILE",
            "the optimiser assumes nothing of it",
        );
    }
    if create.nulls.is_some() && !matches!(kind, Kind::Scalar | Kind::Aggregate) {
        return refused(
            "STRICT or CALLED ON NULL INPUT",
            "it sees rows, with what is null in them",
        );
    }
    Ok(())
}

fn store_data(
    runtime: &Arc<Runtime>,
    name: &str,
    options: &FunctionOptions,
) -> Result<BTreeMap<String, Digest>, DefineError> {
    let mut data = BTreeMap::new();
    for (key, path) in &options.data {
        let found = ComponentSource::find(&path.to_string_lossy(), runtime.store());
        let found = found.map_err(|source| DefineError::Data {
            name: name.to_owned(),
            key: key.clone(),
            source,
        })?;
        data.insert(key.clone(), found.digest);
    }
    Ok(data)
}

/// As SQL says it, in lower case.
pub(crate) fn volatility_name(volatility: Volatility) -> &'static str {
    match volatility {
        Volatility::Immutable => "immutable",
        Volatility::Stable => "stable",
        Volatility::Volatile => "volatile",
    }
}
