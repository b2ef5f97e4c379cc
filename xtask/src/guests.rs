//! `cargo xtask guests`: the components of every example and fixture.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrowbox_build::{BuildOptions, Toolchain, build};
use clap::Args;

use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Builds every example and fixture to a component, in `target/guests`.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn execute(workspace: &Workspace, _: &Arguments) -> Result<(), Failure> {
    let projects = workspace.guests();
    let components = build_all(workspace, &projects, &mut Steps::new(1 + projects.len()))?;
    for path in components.values() {
        println!("{}", path.display());
    }
    Ok(())
}

/// Builds these workspaces; as many steps as there are, and one. Gives the components by name.
pub(crate) fn build_all(
    workspace: &Workspace,
    projects: &[(&'static str, PathBuf)],
    steps: &mut Steps,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let step = steps.begin("Finding a toolchain for guests");
    let toolchain = Toolchain::find(&|text: &str| step.say(text))
        .map_err(|source| Failure::Toolchain(Box::new(source)))?;
    step.end(&format!(
        "{} (Rust {})",
        toolchain.way(),
        toolchain.release()
    ));

    let folder = workspace.components();
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let mut components = BTreeMap::new();
    for (name, project) in projects {
        let step = steps.begin(&format!("Building {name}"));
        let options = BuildOptions {
            toolchain: Some(toolchain.clone()),
            target_dir: Some(workspace.guest_target(name)),
            ..BuildOptions::default()
        };
        let artifacts =
            build(project, &options, &|text: &str| step.say(text)).map_err(|source| {
                Failure::Guests {
                    project: project.clone(),
                    source: Box::new(source),
                }
            })?;
        let count = artifacts.len();
        for artifact in artifacts {
            let path = folder.join(format!("{}.wasm", artifact.package));
            publish(&artifact.path, &path)?;
            if components.insert(artifact.package.clone(), path).is_some() {
                return Err(Failure::SameName(artifact.package));
            }
        }
        step.end(&format!("{count} components"));
    }
    Ok(components)
}

/// Puts a component in its place, whole, and only if it is another than the one that is there.
pub(crate) fn publish(from: &Path, to: &Path) -> Result<(), Failure> {
    let bytes = fs::read(from).map_err(Failure::file(from))?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let part = to.with_extension("wasm.part");
    fs::write(&part, bytes).map_err(Failure::file(&part))?;
    fs::rename(&part, to).map_err(Failure::file(to))
}
