//! A name in SQL, tied to a function of a component.

use std::collections::BTreeMap;

use datafusion::logical_expr::Volatility;
use serde::{Deserialize, Serialize};

use super::description::NullHandling;
use crate::{
    sandbox::{Grants, Limits},
    store::Digest,
};

/// Everything that is needed to call a function by a name: what the catalogue keeps and hosts are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The name in SQL.
    pub name: String,
    /// The component.
    pub component: Digest,
    /// The function's name in the component.
    pub function: String,
    /// What it may do.
    pub grants: Grants,
    /// What it may use.
    pub limits: Limits,
    /// For its constructor.
    pub parameters: BTreeMap<String, String>,
    /// Blobs that its constructor can read.
    pub data: BTreeMap<String, Digest>,
    /// Instead of what the component says.
    #[serde(with = "volatility")]
    pub volatility: Option<Volatility>,
    /// Instead of what the component says.
    pub nulls: Option<NullHandling>,
}

impl Binding {
    /// `function` of `component` under its own name, with nothing granted and the usual limits.
    pub fn new(component: Digest, function: &str) -> Self {
        Self {
            name: function.to_owned(),
            component,
            function: function.to_owned(),
            grants: Grants::default(),
            limits: Limits::default(),
            parameters: BTreeMap::new(),
            data: BTreeMap::new(),
            volatility: None,
            nulls: None,
        }
    }
}

/// DataFusion's enum is not serde's.
mod volatility {
    use datafusion::logical_expr::Volatility;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Name {
        Immutable,
        Stable,
        Volatile,
    }

    pub(super) fn serialize<S: Serializer>(
        volatility: &Option<Volatility>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        volatility
            .map(|volatility| match volatility {
                Volatility::Immutable => Name::Immutable,
                Volatility::Stable => Name::Stable,
                Volatility::Volatile => Name::Volatile,
            })
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Volatility>, D::Error> {
        Ok(
            Option::<Name>::deserialize(deserializer)?.map(|name| match name {
                Name::Immutable => Volatility::Immutable,
                Name::Stable => Volatility::Stable,
                Name::Volatile => Volatility::Volatile,
            }),
        )
    }
}
