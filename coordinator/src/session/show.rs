//! What `SHOW FUNCTIONS` answers.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::compute::kernels::comparison::like;
use datafusion::arrow::error::ArrowError;

use super::ddl::ShowFunctions;
use super::known::Known;
use crate::quantity::{Bytes, Span};

/// One row for each function.
pub(super) fn functions(known: &[Known], show: &ShowFunctions) -> Result<RecordBatch, ArrowError> {
    let text = |value: &dyn Fn(&Known) -> String| -> ArrayRef {
        Arc::new(
            known
                .iter()
                .map(|known| Some(value(known)))
                .collect::<StringArray>(),
        )
    };
    let optional = |value: &dyn Fn(&Known) -> Option<String>| -> ArrayRef {
        Arc::new(known.iter().map(value).collect::<StringArray>())
    };
    let versions: UInt32Array = known.iter().map(|known| known.version).collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("name", text(&|known| known.name().to_owned()), false),
        ("version", Arc::new(versions), true),
        ("kind", text(&|known| known.definition.kind.clone()), false),
        (
            "signature",
            text(&|known| known.definition.signatures.join("\n")),
            false,
        ),
        (
            "volatility",
            text(&|known| known.definition.volatility.clone()),
            false,
        ),
        (
            "nulls",
            text(&|known| known.definition.nulls.to_string()),
            false,
        ),
        (
            "grants",
            optional(&|known| some(known.definition.binding.grants.to_string())),
            true,
        ),
        (
            "memory",
            text(&|known| Bytes(known.definition.binding.limits.memory).to_string()),
            false,
        ),
        (
            "timeout",
            text(&|known| Span(known.definition.binding.limits.timeout).to_string()),
            false,
        ),
        (
            "parameters",
            optional(&|known| some(pairs(&known.definition.binding.parameters))),
            true,
        ),
        ("data", optional(&|known| some(data(known))), true),
        (
            "component",
            text(&|known| known.definition.binding.component.short()),
            false,
        ),
        (
            "function",
            text(&|known| known.definition.binding.function.clone()),
            false,
        ),
        (
            "documentation",
            optional(&|known| some(summary(known))),
            true,
        ),
    ])?;
    match &show.like {
        None => Ok(batch),
        Some(pattern) => {
            let names = batch.column(0);
            let chosen: BooleanArray = like(names, &StringArray::new_scalar(pattern))?;
            filter_record_batch(&batch, &chosen)
        }
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn pairs(parameters: &std::collections::BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = parameters
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(", ")
}

/// The first line; `arrowbox functions show` has all.
fn summary(known: &Known) -> String {
    known
        .definition
        .documentation
        .trim()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn data(known: &Known) -> String {
    let data = &known.definition.binding.data;
    let pairs: Vec<_> = data
        .iter()
        .map(|(name, digest)| format!("{name}={}", digest.short()))
        .collect();
    pairs.join(", ")
}
