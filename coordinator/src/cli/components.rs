//! Looking at components outside of queries.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use arrowbox_host::{Component, FunctionDescription, Kind, Runtime, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Failure, Global};
use crate::catalog::{Catalog, CatalogError};
use crate::quantity::Bytes;
use crate::session::{ComponentSource, SourceError, form, volatility_name};
use arrowbox_host::plain;

/// A component that was looked at, and where it came from.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) component: Arc<Component>,
    pub(super) origin: String,
}

impl Found {
    /// What is in a file. It is kept in the store, if that can be written to, so that it is compiled once.
    pub(super) fn in_file(path: &Path, global: &Global) -> Result<Self, Failure> {
        let store = Store::open(global.data_dir()?.store())?;
        let temporary = match store.is_read_only() {
            true => Some(TempDir::with_prefix("arrowbox-")?),
            false => None,
        };
        let store = match &temporary {
            Some(folder) => Store::open(folder.path())?,
            None => store,
        };
        let runtime = Runtime::new(store)?;
        let source = ComponentSource::find(&path.to_string_lossy(), runtime.store())?;
        Self::load(&runtime, source)
    }

    /// What `text` names: a file, the beginning of a hash in the store, or a function of the catalogue.
    pub(super) fn named(text: &str, global: &Global) -> Result<Self, Failure> {
        let path = Path::new(text);
        if path.exists() {
            return Self::in_file(path, global);
        }
        let data_dir = global.data_dir()?;
        let runtime = Runtime::new(Store::open(data_dir.store())?)?;
        let missing = match ComponentSource::find_hash(text, runtime.store()) {
            Ok(source) => return Self::load(&runtime, source),
            Err(error @ SourceError::NotFound { .. }) => error,
            Err(error) => return Err(error.into()),
        };
        match Catalog::open(data_dir.catalog())?.show(text) {
            Ok(entry) => {
                let definition = entry.version.definition;
                let digest = definition.binding.component;
                Self::load(
                    &runtime,
                    ComponentSource {
                        digest,
                        origin: definition.origin,
                    },
                )
            }
            Err(CatalogError::NotFound { .. }) => Err(missing.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn load(runtime: &Arc<Runtime>, source: ComponentSource) -> Result<Self, Failure> {
        Ok(Self {
            component: runtime.component(source.digest)?,
            origin: source.origin,
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let component = &self.component;
        let mut lines = vec![
            format!("component  {}", component.digest()),
            format!("origin     {}", self.origin),
            format!(
                "size       {} ({} compiled)",
                Bytes(component.size()),
                Bytes(component.compiled_size())
            ),
            format!("made by    {}", component.description().sdk),
            format!("imports    {}", list(component.imports())),
        ];
        let functions = &component.description().functions;
        lines.push(format!("functions  {}", functions.len()));
        for function in functions {
            lines.push(String::new());
            lines.extend(
                function
                    .signatures
                    .iter()
                    .map(|signature| format!("  {}{signature}", function.name)),
            );
            lines.push(format!(
                "    {}, {}, {}",
                function.kind,
                volatility_name(function.volatility),
                function.nulls
            ));
            lines.push(format!("    {}", form(&function.name, function.kind)));
            if !function.grants.is_empty() {
                lines.push(format!(
                    "    needs the grants: {}",
                    function.grants.join(", ")
                ));
            }
            for line in function.documentation.trim().lines() {
                lines.push(if line.is_empty() {
                    String::new()
                } else {
                    format!("    {line}")
                });
            }
        }
        plain(&lines.join("\n")).into_owned()
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let component = &self.component;
        json!({
            "component": component.digest().to_string(),
            "origin": self.origin,
            "size": component.size(),
            "compiled_size": component.compiled_size(),
            "sdk": component.description().sdk,
            "imports": component.imports(),
            "functions": component.description().functions.iter().map(function).collect::<Vec<_>>(),
        })
    }
}

fn function(function: &FunctionDescription) -> Value {
    let signatures = function.signatures.iter().map(|signature| {
        json!({
            "text": format!("{}{signature}", function.name),
            "arguments": signature.arguments.iter().map(|argument| {
                json!({ "name": argument.name, "type": argument.accepts.to_string() })
            }).collect::<Vec<_>>(),
            "variadic": signature.variadic,
            "result": signature.result.as_deref().map(|fields| result(function.kind, fields)),
        })
    });
    json!({
        "name": function.name,
        "kind": function.kind.to_string(),
        "form": form(&function.name, function.kind),
        "signatures": signatures.collect::<Vec<_>>(),
        "volatility": volatility_name(function.volatility),
        "nulls": function.nulls.to_string(),
        "grants": function.grants,
        "documentation": function.documentation,
    })
}

/// The type of a value; columns with their names for what returns rows.
fn result(kind: Kind, fields: &[FieldRef]) -> Value {
    match (kind, fields) {
        (Kind::Scalar | Kind::Aggregate | Kind::Window, [field]) => {
            json!(field.data_type().to_string())
        }
        (_, fields) => fields
            .iter()
            .map(|field| json!({ "name": field.name(), "type": field.data_type().to_string() }))
            .collect(),
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}
