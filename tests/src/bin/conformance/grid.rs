//! What came of the cases: languages across, features down.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::case::Cases;
use crate::language::LANGUAGES;

/// What came of a case in a language at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Held,
    /// It can not be done, and is known not to.
    Gap(String),
    Failed(String),
}

/// What came of one case somewhere.
struct Entry {
    language: &'static str,
    place: &'static str,
    feature: String,
    case: String,
    outcome: Outcome,
}

/// What came of all of them.
pub(crate) struct Grid {
    features: Vec<String>,
    missing: BTreeMap<String, String>,
    entries: Vec<Entry>,
}

impl Grid {
    /// Nothing yet. `missing` are languages and reasons, as `language=reason`.
    pub(crate) fn new(cases: &Cases, missing: &[String]) -> Self {
        let missing = missing.iter().filter_map(|each| each.split_once('='));
        Self {
            features: cases.features(),
            missing: missing
                .map(|(name, why)| (name.to_owned(), why.to_owned()))
                .collect(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn add(
        &mut self,
        language: &'static str,
        place: &'static str,
        feature: &str,
        case: &str,
        outcome: Outcome,
    ) {
        let (feature, case) = (feature.to_owned(), case.to_owned());
        self.entries.push(Entry {
            language,
            place,
            feature,
            case,
            outcome,
        });
    }

    pub(crate) fn failures(&self) -> usize {
        let failed = |entry: &&Entry| matches!(entry.outcome, Outcome::Failed(_));
        self.entries.iter().filter(failed).count()
    }

    fn of<'a>(&'a self, language: &'a str, feature: &'a str) -> impl Iterator<Item = &'a Entry> {
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.language == language && entry.feature == feature)
    }

    /// How many of the cases of a feature hold, or nothing if none ran.
    fn cell(&self, language: &str, feature: &str) -> String {
        let (mut held, mut gaps, mut all) = (0, 0, 0);
        for entry in self.of(language, feature) {
            all += 1;
            match entry.outcome {
                Outcome::Held => held += 1,
                Outcome::Gap(_) => gaps += 1,
                Outcome::Failed(_) => {}
            }
        }
        match (held, gaps) {
            _ if all == 0 => String::new(),
            (held, 0) if held == all => format!("✓ {all}"),
            (0, gaps) if gaps == all => "gap".to_owned(),
            (held, gaps) if held + gaps == all => format!("✓ {held} of {all}"),
            (held, _) => format!("✗ {held} of {all}"),
        }
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        let entry = |entry: &Entry| {
            let (outcome, why) = match &entry.outcome {
                Outcome::Held => ("held", None),
                Outcome::Gap(reason) => ("gap", Some(reason)),
                Outcome::Failed(how) => ("failed", Some(how)),
            };
            json!({
                "language": entry.language, "place": entry.place, "feature": entry.feature,
                "case": entry.case, "outcome": outcome, "why": why,
            })
        };
        json!({
            "features": self.features,
            "missing": self.missing,
            "cases": self.entries.iter().map(entry).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ran = |name: &&str| self.entries.iter().any(|entry| entry.language == *name);
        let languages: Vec<_> = LANGUAGES
            .map(|language| language.name)
            .into_iter()
            .filter(ran)
            .collect();
        let width = self
            .features
            .iter()
            .map(|feature| feature.chars().count())
            .max()
            .unwrap_or(0);
        write!(f, "{:width$}", "")?;
        for language in &languages {
            write!(f, "  {language:12}")?;
        }
        writeln!(f)?;
        for feature in &self.features {
            write!(f, "{feature:width$}")?;
            for language in &languages {
                write!(f, "  {:12}", self.cell(language, feature))?;
            }
            writeln!(f)?;
        }
        let mut reasons = BTreeMap::<(&str, &str), Vec<&str>>::new();
        for entry in &self.entries {
            if let Outcome::Gap(reason) = &entry.outcome {
                let cases = reasons.entry((entry.language, reason)).or_default();
                if !cases.contains(&entry.case.as_str()) {
                    cases.push(&entry.case);
                }
            }
        }
        for ((language, reason), cases) in reasons {
            writeln!(f, "gap in {language}: {reason} ({})", cases.join("; "))?;
        }
        for (language, why) in &self.missing {
            writeln!(f, "not run in {language}: {why}")?;
        }
        Ok(())
    }
}
