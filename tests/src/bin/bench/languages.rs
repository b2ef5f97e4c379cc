//! What functions in other languages cost, against the same source in what their languages usually run in.

mod aggregates;
mod columns;
mod components;
mod instances;
mod native;
mod rows;

use std::{error::Error, fs, path::Path};

use serde::Deserialize;

use self::{
    components::Components,
    native::{Driver, Native},
};
use crate::record::Record;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Rows of the batches that languages are compared with.
const ROWS: usize = 8192;
/// Microseconds that a call of an interpreter may cost besides its rows.
const CALL: f64 = 100.0;

/// A language, as whoever built its functions describes it.
#[derive(Deserialize)]
struct Language {
    language: String,
    #[serde(flatten)]
    state: State,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum State {
    Missing {
        /// What this machine lacks.
        missing: String,
    },
    Built {
        components: Vec<Box<Path>>,
        natives: Vec<Native>,
    },
}

/// All figures of the languages that the file `languages` describes.
pub(crate) fn measure(languages: &Path) -> Outcome<Vec<Record>> {
    let languages: Vec<Language> = serde_json::from_slice(&fs::read(languages)?)?;
    let mut records = Vec::new();
    for Language { language, state } in languages {
        let of_language = match state {
            State::Missing { missing } => vec![Record::not_measured(missing)],
            State::Built {
                components,
                natives,
            } => built(&language, &Components::new(&components)?, natives)?,
        };
        records.extend(of_language.into_iter().map(|record| Record {
            language: Some(language.clone()),
            ..record
        }));
    }
    Ok(records)
}

fn built(language: &str, components: &Components, natives: Vec<Native>) -> Outcome<Vec<Record>> {
    let arguments = tempfile::tempdir()?;
    rows::write(arguments.path())?;
    aggregates::write(arguments.path())?;
    let mut records = Vec::new();
    for native in natives {
        let Some(mut driver) = Driver::start(&native, arguments.path())? else {
            records.extend(native.missing.map(Record::not_measured));
            continue;
        };
        eprintln!("{language}, against {}", driver.name());
        records.extend(rows::measure(components, &mut driver)?);
        if driver.has_aggregates() {
            records.push(aggregates::measure(components, &mut driver)?);
        }
    }
    eprintln!("{language}: calls, columns, instances");
    records.push(rows::call(components)?);
    if components.is_portable()? {
        records.extend(columns::measure(components)?);
        records.extend(instances::measure(components)?);
    }
    Ok(records)
}
