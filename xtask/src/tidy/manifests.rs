//! Rules about manifests.

use serde_json::Value;

use super::{Breach, File};

/// What each package of the workspace may depend on, of the workspace.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("arrowbox-build", &[]),
    ("arrowbox-sdk-macros", &[]),
    ("arrowbox-sdk", &["arrowbox-sdk-macros"]),
    ("arrowbox-host", &[]),
    ("arrowbox", &["arrowbox-build", "arrowbox-host"]),
    (
        "arrowbox-tests",
        &[
            "arrowbox",
            "arrowbox-build",
            "arrowbox-host",
            "arrowbox-sdk",
            "reference",
            "access-log",
            "approx-quantile",
            "ewma",
            "geometric-mean",
            "iris-model",
            "linear-regression",
        ],
    ),
    // Guests, which cargo counts in because tests and benchmarks are linked with them.
    ("reference", &["arrowbox-sdk"]),
    ("access-log", &["arrowbox-sdk"]),
    ("approx-quantile", &["arrowbox-sdk"]),
    ("ewma", &["arrowbox-sdk"]),
    ("geometric-mean", &["arrowbox-sdk"]),
    ("iris-model", &["arrowbox-sdk"]),
    ("linear-regression", &["arrowbox-sdk"]),
    ("xtask", &["arrowbox-build"]),
];

pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let manifests = files.iter().filter(|file| {
        let name = file.path.rsplit('/').next();
        name == Some("Cargo.toml") && file.text.contains("[package]")
    });
    manifests.flat_map(manifest).collect()
}

fn manifest(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut section = "";
    let mut inherits = false;
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            if section.contains("dependencies.") {
                breaches.push(file.breach(
                    index + 1,
                    "one line for a dependency, with `workspace = true`",
                ));
            }
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let shared = line.replace(' ', "").contains("workspace=true");
        if section == "lints" {
            inherits |= shared;
        }
        // A neighbour that is not a package of the workspace has no version to agree on.
        let neighbour = line.contains("{ path = ") && !line.contains("version");
        // A package that is a workspace of its own has the table itself.
        let entry = section.ends_with("dependencies")
            && !section.starts_with("workspace.")
            && line.contains('=')
            && !continues(line);
        if entry && !shared && !neighbour {
            breaches.push(file.breach(
                index + 1,
                "a dependency stands in the workspace's table: `workspace = true`",
            ));
        }
    }
    if !inherits {
        breaches.push(file.breach(0, "lints are the workspace's: `[lints] workspace = true`"));
    }
    breaches
}

/// Whether a line is the inside of a table that began above.
fn continues(line: &str) -> bool {
    line.starts_with(['"', ']', '}'])
}

/// Dependencies point one way.
pub(super) fn directions<'a>(packages: impl Iterator<Item = &'a Value>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let breach = |what: String| Breach {
            path: format!("package {name}"),
            line: 0,
            what,
        };
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(from, _)| *from == name) else {
            breaches.push(breach(
                "say in `xtask/src/tidy/manifests.rs` what it may depend on".to_owned(),
            ));
            continue;
        };
        let local = package["dependencies"].as_array().into_iter().flatten();
        for on in local
            .filter(|on| !on["path"].is_null())
            .filter_map(|on| on["name"].as_str())
        {
            if on != name && !allowed.contains(&on) {
                breaches.push(breach(format!("must not depend on {on}")));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(text: &str) -> usize {
        check(&[File::new("a/Cargo.toml", &format!("[package]\n{text}"))]).len()
    }

    #[test]
    fn lints_and_versions_are_the_workspaces() {
        assert_eq!(breaches("[lints]\nworkspace = true"), 0);
        let own = "[workspace.dependencies]\nclap = \"4\"\n[lints]\nworkspace = true";
        assert_eq!(breaches(own), 0);
        assert_eq!(breaches(""), 1);
        let lints = "[lints]\nworkspace = true\n[dependencies]\n";
        assert_eq!(breaches(&format!("{lints}clap.workspace = true")), 0);
        assert_eq!(
            breaches(&format!(
                "{lints}clap = {{ workspace = true, features = [\n\"a\",\n] }}"
            )),
            0
        );
        assert_eq!(
            breaches(&format!("{lints}guest = {{ path = \"guests/guest\" }}")),
            0
        );
        assert_eq!(breaches(&format!("{lints}clap = \"4\"")), 1);
        assert_eq!(
            breaches(&format!("{lints}[dev-dependencies.clap]\nworkspace = true")),
            1
        );
    }

    #[test]
    fn the_host_does_not_know_the_coordinator() {
        let package = |on: &str| serde_json::json!({"name": "arrowbox-host", "dependencies": [{"name": on, "path": "/x"}]});
        assert_eq!(directions([&package("arrowbox")].into_iter()).len(), 1);
        assert_eq!(directions([&package("arrowbox-host")].into_iter()).len(), 0);
    }
}
