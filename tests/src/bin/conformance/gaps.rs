//! What languages can not do.

use serde::Deserialize;

const TABLE: &str = include_str!("../../../conformance/gaps.toml");

/// Cases that a language can not do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gap {
    pub(crate) language: String,
    /// `feature: name`; a `*` at the end stands for any rest.
    pub(crate) case: String,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    gap: Vec<Gap>,
}

/// All of them, and which were met.
pub(crate) struct Gaps {
    gaps: Vec<(Gap, bool)>,
}

impl Gaps {
    /// # Panics
    ///
    /// When the table does not read.
    pub(crate) fn read() -> Self {
        let table: Table =
            toml::from_str(TABLE).unwrap_or_else(|error| panic!("gaps.toml: {error}"));
        let gaps = table.gap.into_iter().map(|gap| (gap, false)).collect();
        Self { gaps }
    }

    /// Why a language can not do a case, if that is known.
    pub(crate) fn reason(&mut self, language: &str, id: &str) -> Option<String> {
        let (gap, met) = self
            .gaps
            .iter_mut()
            .find(|(gap, _)| gap.language == language && gap.is_of(id))?;
        *met = true;
        Some(gap.reason.clone())
    }

    /// Those of a language that no case has met.
    pub(crate) fn unmet<'a>(&'a self, languages: &'a [&str]) -> impl Iterator<Item = &'a Gap> {
        let unmet = self.gaps.iter().filter(|(_, met)| !met).map(|(gap, _)| gap);
        unmet.filter(move |gap| languages.contains(&gap.language.as_str()))
    }
}

impl Gap {
    fn is_of(&self, id: &str) -> bool {
        match self.case.strip_suffix('*') {
            Some(begin) => id.starts_with(begin),
            None => self.case == id,
        }
    }
}
