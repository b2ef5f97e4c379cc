//! Functions in JavaScript and TypeScript: `componentize-js`, of the project's own packages or of those that are
//! installed for this machine.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    Language,
    builder::{Builder, BuilderError, Search},
};

/// The oldest Node.js that the SDK runs on.
const OLDEST: u32 = 20;

/// What makes components, of which all else that is needed stands beside.
const COMPONENTIZE: &str = "node_modules/@bytecodealliance/componentize-js/package.json";

/// The project's own SDK and builder, or those that came with this crate.
pub(crate) fn find(search: &Search<'_>) -> Result<Builder, BuilderError> {
    let node = program(search, "node")?;
    if !is_new(search, &node) {
        return Err(missing(format!("{} is older", node.display())));
    }
    let folders = search.project.folder.ancestors();
    let own = folders
        .filter_map(|folder| fs::canonicalize(folder.join("node_modules/arrowbox-sdk")).ok())
        .find(|sdk| {
            sdk.ancestors()
                .any(|folder| folder.join(COMPONENTIZE).is_file())
        });
    let sdk = match own {
        Some(sdk) => sdk,
        None => {
            carried(search)?;
            search.sdk.to_owned()
        }
    };
    Ok(Builder {
        program: node,
        arguments: vec![sdk.join("bin/arrowbox-sdk.js").into(), "build".into()],
        variables: Vec::new(),
    })
}

/// Puts the packages that the carried SDK needs beside it.
fn carried(search: &Search<'_>) -> Result<(), BuilderError> {
    let manifest = search.sdk.join("package.json");
    let text = fs::read(&manifest).map_err(BuilderError::file(&manifest))?;
    let manifest: Value = serde_json::from_slice(&text).unwrap_or_default();
    let wanted = json!({ "private": true, "dependencies": manifest["dependencies"] }).to_string();
    let packages = search.once(
        Language::JavaScript,
        "javascript",
        &wanted,
        |place| place.join(COMPONENTIZE).is_file(),
        |made| install(search, &wanted, made),
    )?;
    let link = search.sdk.join("node_modules");
    if link.join("@bytecodealliance").is_dir() {
        return Ok(());
    }
    // One that leads nowhere.
    let _ = fs::remove_file(&link);
    match symlink(packages.join("node_modules"), &link) {
        // Another process was faster.
        Err(_) if link.is_dir() => Ok(()),
        linked => linked.map_err(BuilderError::file(&link)),
    }
}

fn install(search: &Search<'_>, wanted: &str, made: &Path) -> Result<(), BuilderError> {
    let npm = program(search, "npm")?;
    let manifest = made.join("package.json");
    fs::write(&manifest, wanted).map_err(BuilderError::file(&manifest))?;
    let arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock"];
    search
        .install(&npm, &arguments, made)
        .map_err(|source| BuilderError::Install {
            language: Language::JavaScript,
            advice: "npm has to reach its registry or a mirror of it, once for this machine",
            source,
        })
}

fn program(search: &Search<'_>, name: &str) -> Result<PathBuf, BuilderError> {
    let found = search.environment.program(name);
    found.ok_or_else(|| missing(format!("there is no `{name}` on PATH")))
}

fn is_new(search: &Search<'_>, node: &Path) -> bool {
    let said = search.ask(node, &["--version"]).unwrap_or_default();
    let major = said.trim().trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse().ok()) >= Some(OLDEST)
}

fn missing(found: String) -> BuilderError {
    BuilderError::Missing {
        language: Language::JavaScript,
        what: "Node.js 20 or newer and its npm",
        advice: format!(
            "{found}; https://nodejs.org has it, and on Debian `apt-get install nodejs npm`"
        ),
    }
}
