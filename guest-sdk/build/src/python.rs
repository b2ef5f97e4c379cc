//! Functions in Python: `componentize-py`, of the project's own environment or of one that is made for this machine.

use std::path::{Path, PathBuf};

use crate::{
    Language,
    builder::{Builder, BuilderError, Search},
};

/// What `guest-sdk/python/pyproject.toml` needs to build.
const REQUIREMENTS: [&str; 2] = ["componentize-py>=0.25.1,<0.26", "tomli>=2"];

/// The oldest Python that the SDK runs on.
const OLDEST: &str = "import sys; sys.exit(sys.version_info < (3, 10))";

/// The project's own SDK and builder, or those that came with this crate.
pub(crate) fn find(search: &Search<'_>) -> Result<Builder, BuilderError> {
    let names = ["python3", "python"].into_iter();
    let usual = names.filter_map(|name| search.environment.program(name));
    let usual: Vec<PathBuf> = usual.collect();
    let is_builder = ["-c", "import arrowbox.build, componentize_py"];
    let own = search.project.pythons().chain(usual.iter().cloned());
    let own = own
        .into_iter()
        .find(|python| search.answers(python, &is_builder));
    let arguments = ["-m", "arrowbox.build"].map(Into::into).into();
    if let Some(program) = own {
        return Ok(Builder {
            program,
            arguments,
            variables: Vec::new(),
        });
    }
    let is_new = |python: &&PathBuf| search.answers(python, &["-c", OLDEST]);
    let python = usual.iter().find(is_new).ok_or_else(|| missing(&usual))?;
    let environment = search.once(
        Language::Python,
        "python",
        &REQUIREMENTS.join("\n"),
        |place| search.answers(&interpreter(place), &["-c", "import componentize_py"]),
        |made| install(search, python, made),
    )?;
    Ok(Builder {
        program: interpreter(&environment),
        arguments,
        variables: vec![
            ("PYTHONPATH", search.sdk.join("src").into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ],
    })
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn missing(found: &[PathBuf]) -> BuilderError {
    let found = match found.first() {
        Some(python) => format!("{} is older", python.display()),
        None => "there is no `python3` on PATH".to_owned(),
    };
    BuilderError::Missing {
        language: Language::Python,
        what: "Python 3.10 or newer",
        advice: format!("{found}; on Debian `apt-get install python3 python3-venv`"),
    }
}

fn install(search: &Search<'_>, python: &Path, made: &Path) -> Result<(), BuilderError> {
    let advice = |advice| {
        move |source| BuilderError::Install {
            language: Language::Python,
            advice,
            source,
        }
    };
    search
        .install(python, &["-m", "venv", "."], made)
        .map_err(advice(
            "Python's module `venv` makes its place: on Debian `apt-get install python3-venv`",
        ))?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let arguments: Vec<&str> = pip.into_iter().chain(REQUIREMENTS).collect();
    search
        .install(&interpreter(made), &arguments, made)
        .map_err(advice(
            "pip has to reach PyPI or a mirror of it, once for this machine",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirements_are_those_of_the_sdk() {
        let project = include_str!("../../python/pyproject.toml");
        for requirement in REQUIREMENTS {
            assert!(
                project.contains(&format!("\"{requirement}")),
                "{requirement}"
            );
        }
    }
}
