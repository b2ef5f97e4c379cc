//! The flags that say what a function may do and use, as `OPTIONS (…)` does in SQL.

use clap::ValueEnum;

use arrowbox_host::NullHandling;
use datafusion::logical_expr::Volatility;

use crate::session::{FunctionOptions, OptionError};

/// What a function may do and use.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct OptionFlags {
    /// Grant something: clock, random, …; can be repeated
    #[arg(long, value_name = "GRANT")]
    grant: Vec<String>,
    /// What one instance may take, as in 64MiB [default: 256 MiB]
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// What one call may take, as in 5s [default: 5 min]
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// Tell the constructor something; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    param: Vec<Pair>,
    /// Give the constructor a file to read; can be repeated
    #[arg(long, value_name = "NAME=PATH")]
    data: Vec<Pair>,
}

/// A flag can not be honoured.
#[derive(Debug, thiserror::Error)]
#[error("the flag --{flag} can not be honoured")]
pub(super) struct FlagError {
    flag: &'static str,
    source: OptionError,
}

/// `key=value`
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: String,
}

/// Not `key=value`.
#[derive(Debug, thiserror::Error)]
#[error("write it as key=value")]
pub(super) struct PairError;

impl std::str::FromStr for Pair {
    type Err = PairError;

    fn from_str(text: &str) -> Result<Self, PairError> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(PairError),
        }
    }
}

impl OptionFlags {
    /// The same as `OPTIONS (…)`.
    pub(super) fn options(&self) -> Result<FunctionOptions, FlagError> {
        let mut options = FunctionOptions::default();
        let mut set = |flag, key: &str, value: &str| {
            options
                .set(key, value)
                .map_err(|source| FlagError { flag, source })
        };
        for grant in &self.grant {
            set("grant", "grant", grant)?;
        }
        if let Some(memory) = &self.memory {
            set("memory", "memory", memory)?;
        }
        if let Some(timeout) = &self.timeout {
            set("timeout", "timeout", timeout)?;
        }
        for pair in &self.param {
            set("param", &format!("param.{}", pair.key), &pair.value)?;
        }
        for pair in &self.data {
            set("data", &format!("data.{}", pair.key), &pair.value)?;
        }
        Ok(options)
    }
}

/// What is said instead of what the component says.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct OverrideFlags {
    /// What the optimiser can assume, instead of what the component says
    #[arg(long, value_enum)]
    volatility: Option<VolatilityFlag>,
    /// A null argument makes a null result, whatever the component says
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VolatilityFlag {
    /// The same arguments always give the same result
    Immutable,
    /// The same arguments give the same result within one query
    Stable,
    /// Every call can give another result
    Volatile,
}

impl OverrideFlags {
    pub(super) fn volatility(&self) -> Option<Volatility> {
        self.volatility.map(|volatility| match volatility {
            VolatilityFlag::Immutable => Volatility::Immutable,
            VolatilityFlag::Stable => Volatility::Stable,
            VolatilityFlag::Volatile => Volatility::Volatile,
        })
    }

    pub(super) fn nulls(&self) -> Option<NullHandling> {
        self.strict.then_some(NullHandling::Strict)
    }
}
