//! Versions of functions as text and as JSON.

use std::time::SystemTime;

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::types::TimestampSecondType;
use datafusion::arrow::temporal_conversions::as_datetime_with_timezone;
use serde_json::{Value, json};

use crate::catalog::Version;
use crate::quantity::{Bytes, Span};
use arrowbox_host::plain;

/// For people: a line for each thing that is known.
pub(super) fn text(version: &Version) -> String {
    let definition = &version.definition;
    let binding = &definition.binding;
    let mut lines = vec![
        format!("name        {}", binding.name),
        format!("version     {}", version.number),
        format!("created     {}", time(version.created())),
        format!("component   {}", binding.component),
        format!("origin      {}", definition.origin),
        format!("function    {}", binding.function),
        format!("kind        {}", definition.kind),
        format!("volatility  {}", definition.volatility),
        format!("nulls       {}", definition.nulls),
        format!("memory      {}", Bytes(binding.limits.memory)),
        format!("timeout     {}", Span(binding.limits.timeout)),
    ];
    if !binding.grants.is_empty() {
        lines.push(format!("grants      {}", binding.grants));
    }
    lines.extend(
        binding
            .parameters
            .iter()
            .map(|(key, value)| format!("param       {key}={value}")),
    );
    lines.extend(
        binding
            .data
            .iter()
            .map(|(name, digest)| format!("data        {name}={digest}")),
    );
    lines.extend(
        definition
            .signatures
            .iter()
            .map(|signature| format!("signature   {signature}")),
    );
    let documentation = definition.documentation.trim();
    if !documentation.is_empty() {
        lines.push(String::new());
        lines.push(documentation.to_owned());
    }
    plain(&lines.join("\n")).into_owned()
}

/// For programs.
pub(super) fn json(version: &Version) -> Value {
    let definition = &version.definition;
    let binding = &definition.binding;
    let data: serde_json::Map<String, Value> = binding
        .data
        .iter()
        .map(|(name, digest)| (name.clone(), json!(digest.to_string())))
        .collect();
    json!({
        "name": binding.name,
        "version": version.number,
        "created": time(version.created()),
        "component": binding.component.to_string(),
        "origin": definition.origin,
        "function": binding.function,
        "kind": definition.kind,
        "signatures": definition.signatures,
        "volatility": definition.volatility,
        "nulls": definition.nulls.to_string(),
        "grants": binding.grants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "memory": binding.limits.memory,
        "timeout_ms": binding.limits.timeout.as_millis() as u64,
        "parameters": binding.parameters,
        "data": data,
        "documentation": definition.documentation,
    })
}

/// As in RFC 3339, in UTC, to the second.
pub(in crate::cli) fn time(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let utc: Option<Tz> = "UTC".parse().ok();
    i64::try_from(seconds)
        .ok()
        .zip(utc)
        .and_then(|(seconds, utc)| as_datetime_with_timezone::<TimestampSecondType>(seconds, utc))
        .map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
