//! Running the cases and comparing.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use arrowbox_tests::cluster::folder;
use serde_json::Value;

use crate::builds;
use crate::case::{Case, Cases, Expected};
use crate::data::Tables;
use crate::gaps::Gaps;
use crate::grid::{Grid, Outcome};
use crate::language::{Component, Language, REFERENCE};
use crate::place::{Failed, Place, Rows};
use crate::rows::difference;

/// What is known so far.
pub(crate) struct Run {
    gaps: Gaps,
    grid: Grid,
    /// What Rust gives in this process, by the ids of cases.
    reference: BTreeMap<String, Result<Rows, Failed>>,
    languages: Vec<&'static str>,
}

impl Run {
    pub(crate) fn new(gaps: Gaps, grid: Grid) -> Self {
        Self {
            gaps,
            grid,
            reference: BTreeMap::new(),
            languages: Vec::new(),
        }
    }

    /// Runs what others are compared with, and compares it with the engine.
    pub(crate) fn reference(
        &mut self,
        cases: &Cases,
        tables: &Tables,
        component: &Component,
        place: &mut dyn Place,
    ) {
        place.begin(&tables.sources, Some(&component.path));
        for case in &cases.cases {
            let given = place.run(&filled(case, tables, &component.path));
            self.reference.insert(case.id(), given);
        }
        // Another session: functions hide those of the engine that have their names.
        place.begin(&tables.sources, None);
        for case in &cases.cases {
            let Some(engine) = &case.engine else { continue };
            let outcome = match (place.run(engine), &self.reference[&case.id()]) {
                (Ok(expected), Ok(found)) => held(difference(&expected, found, case.ordered)),
                (Err(failed), _) => Outcome::Failed(format!("the engine itself fails: {failed}")),
                (_, Err(failed)) => Outcome::Failed(failed.to_string()),
            };
            self.note(component.language, "engine", case, outcome);
        }
    }

    /// Runs all cases in all languages at a place.
    pub(crate) fn languages(
        &mut self,
        cases: &Cases,
        tables: &Tables,
        components: &[Component],
        place: &mut dyn Place,
    ) {
        if cases.cases.is_empty() {
            return;
        }
        for component in components {
            let begun = Instant::now();
            let name = component.language.name;
            eprintln!("{name}, {}", place.name());
            place.begin(&tables.sources, Some(&component.path));
            for case in &cases.cases {
                let given = place.run(&filled(case, tables, &component.path));
                let outcome = self.compare(component.language, case, given);
                self.note(component.language, place.name(), case, outcome);
            }
            if !self.languages.contains(&name) {
                self.languages.push(name);
            }
            eprintln!(
                "  {} cases ({:.1} s)",
                cases.cases.len(),
                begun.elapsed().as_secs_f64()
            );
        }
    }

    /// Builds what does not build.
    pub(crate) fn builds(&mut self, cases: &Cases, components: &[Component], target: &Path) {
        let place = folder();
        for component in components {
            let language = component.language;
            for project in &cases.broken {
                let Some(says) = project.says.get(language.name) else {
                    continue;
                };
                let id = project.id();
                let found = builds::refused(language.name, &project.name, target, place.path());
                let outcome = match found {
                    Ok(message) => match says.iter().find(|part| !message.contains(*part)) {
                        None => Outcome::Held,
                        Some(part) => {
                            Outcome::Failed(format!("the message does not say {part:?}: {message}"))
                        }
                    },
                    Err(why) => Outcome::Failed(why),
                };
                let outcome = self.excused(language, &id, outcome);
                tell(language.name, "build", &id, &outcome);
                self.grid
                    .add(language.name, "build", &project.feature, &id, outcome);
            }
        }
    }

    /// Declared gaps that nothing has met are none.
    pub(crate) fn finish(&mut self, only: &str) {
        if !only.is_empty() {
            return;
        }
        let languages = self.languages.clone();
        let unmet: Vec<_> = self.gaps.unmet(&languages).cloned().collect();
        for gap in unmet {
            let language = Language::of(&gap.language).map_or("?", |language| language.name);
            let outcome = Outcome::Failed("gaps.toml names a case that there is not".to_owned());
            tell(language, "gaps.toml", &gap.case, &outcome);
            self.grid
                .add(language, "gaps.toml", "gaps", &gap.case, outcome);
        }
    }

    pub(crate) fn grid(&self) -> impl Display {
        &self.grid
    }

    pub(crate) fn json(&self) -> Value {
        self.grid.json()
    }

    pub(crate) fn failures(&self) -> usize {
        self.grid.failures()
    }

    fn compare(&self, language: Language, case: &Case, given: Result<Rows, Failed>) -> Outcome {
        let reference = &self.reference[&case.id()];
        match (&case.error, given) {
            (Some(expected), Err(failed)) => {
                let reference = reference
                    .as_ref()
                    .err()
                    .map(|failed| failed.message.as_str());
                held(unexpected(expected, language, &failed, reference))
            }
            (Some(_), Ok(_)) => Outcome::Failed("it gives rows where it has to fail".to_owned()),
            (None, Ok(found)) => match reference {
                Ok(expected) => held(difference(expected, &found, case.ordered)),
                Err(failed) => Outcome::Failed(format!("{REFERENCE} fails: {failed}")),
            },
            (None, Err(failed)) => Outcome::Failed(failed.to_string()),
        }
    }

    fn note(&mut self, language: Language, place: &'static str, case: &Case, outcome: Outcome) {
        let id = case.id();
        let outcome = self.excused(language, &id, outcome);
        tell(language.name, place, &id, &outcome);
        self.grid
            .add(language.name, place, &case.feature, &id, outcome);
    }

    /// A failure that is known is a gap; a gap that is none is a failure.
    fn excused(&mut self, language: Language, id: &str, outcome: Outcome) -> Outcome {
        match (self.gaps.reason(language.name, id), outcome) {
            (Some(reason), Outcome::Failed(_)) => Outcome::Gap(reason),
            (Some(reason), _) => Outcome::Failed(format!(
                "it works, and gaps.toml says that it does not: {reason}"
            )),
            (None, outcome) => outcome,
        }
    }
}

fn held(difference: Option<String>) -> Outcome {
    difference.map_or(Outcome::Held, Outcome::Failed)
}

fn tell(language: &str, place: &str, id: &str, outcome: &Outcome) {
    if let Outcome::Failed(how) = outcome {
        eprintln!("  FAILED in {language}, {place}: {id}\n    {how}");
    }
}

/// How a failure is not the one that is expected.
fn unexpected(
    expected: &Expected,
    language: Language,
    failed: &Failed,
    reference: Option<&str>,
) -> Option<String> {
    let message = &failed.message;
    if failed.kind != expected.kind {
        return Some(format!(
            "a failure of the kind {:?} is wanted: {failed}",
            expected.kind
        ));
    }
    let row = expected.row.map(|row| format!("row {row} of its batch"));
    if let Some(part) = expected
        .says
        .iter()
        .chain(&row)
        .find(|part| !message.contains(*part))
    {
        return Some(format!("the message does not say {part:?}: {message}"));
    }
    if expected.location && !language.located(message) {
        return Some(format!(
            "the message names no line of {}: {message}",
            language.failures
        ));
    }
    match reference {
        Some(reference) if expected.same && anywhere(reference) != anywhere(message) => {
            Some(format!(
                "the message is not that of {REFERENCE}\n      - {reference}\n      + {message}"
            ))
        }
        _ => None,
    }
}

/// A message without the hash of a component, the host that it ran on, and what the engine says before errors of others.
fn anywhere(message: &str) -> String {
    const BEGIN: &str = "(component ";
    let message = message.replace("External error: ", "");
    let mut rest = message.as_str();
    let mut text = String::new();
    while let Some(at) = rest.find(BEGIN) {
        let (before, hash) = rest.split_at(at + BEGIN.len());
        text.push_str(before);
        rest = &hash[hash.find(')').unwrap_or(0)..];
    }
    text + rest
}

/// The statements of a case, with what stands in braces.
fn filled(case: &Case, tables: &Tables, component: &Path) -> String {
    let mut sql = case.sql.clone();
    if sql.contains("{place}") {
        // What lies at a path once is remembered by the engine.
        static PLACES: AtomicUsize = AtomicUsize::new(0);
        let number = PLACES.fetch_add(1, Ordering::Relaxed);
        let place = tables.folder.join(format!("place-{number}"));
        sql = sql.replace("{place}", &place.display().to_string());
    }
    sql.replace("{data}", &tables.folder.display().to_string())
        .replace("{component}", &component.display().to_string())
}
