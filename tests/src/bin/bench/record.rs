//! One figure.

use std::fmt;

use serde::Serialize;

/// What was measured. Fields that do not belong to a figure are left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Record {
    pub(crate) figure: String,
    /// That a function is written in, if not in Rust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) native_ns_per_row: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wasm_ns_per_row: Option<f64>,
    /// Wasm to native.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    /// What a call costs besides its rows, by a fit over two sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) call_ns: Option<f64>,
    /// Calls into guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_copied_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_copied_out: Option<u64>,
    /// None where nothing could be measured.
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bar: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holds: Option<bool>,
}

impl Record {
    pub(crate) fn new(figure: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            figure: figure.into(),
            value: Some(value),
            unit,
            ..Self::default()
        }
    }

    /// What this machine lacks the means for.
    pub(crate) fn not_measured(missing: impl fmt::Display) -> Self {
        Self {
            figure: format!("not measured: {missing}"),
            ..Self::default()
        }
    }

    /// The value must not be above `bar`.
    pub(crate) fn at_most(mut self, bar: f64) -> Self {
        self.bar = Some(bar);
        self.holds = self.value.map(|value| value <= bar);
        self
    }

    /// The value must not be below `bar`.
    pub(crate) fn at_least(mut self, bar: f64) -> Self {
        self.bar = Some(bar);
        self.holds = self.value.map(|value| value >= bar);
        self
    }
}
