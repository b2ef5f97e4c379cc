//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo;
use crate::failure::Failure;

/// The checkout that this command works on.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// Asks cargo, which knows of `CARGO_TARGET_DIR` and of configuration files.
    pub(crate) fn find() -> Result<Self, Failure> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map(|folder| Path::new(&folder).join("../Cargo.toml"))
            .unwrap_or_else(|| PathBuf::from("Cargo.toml"));
        let mut command = cargo::command([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--manifest-path",
        ]);
        let text = cargo::output(command.arg(manifest))?;
        let metadata: Value = serde_json::from_str(&text).map_err(|source| Failure::Json {
            what: "what `cargo metadata` says".to_owned(),
            source,
        })?;
        let path = |key: &'static str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or(Failure::Metadata(key))
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            metadata,
        })
    }

    /// The folder of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target directory.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The packages of the workspace, as `cargo metadata` gives them.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    /// The workspaces of guests: their names and folders, those that there are.
    pub(crate) fn guests(&self) -> Vec<(&'static str, PathBuf)> {
        [("examples", "examples"), ("fixtures", "tests/guests")]
            .into_iter()
            .map(|(name, folder)| (name, self.root.join(folder)))
            .filter(|(_, folder)| folder.join("Cargo.toml").is_file())
            .collect()
    }

    /// Where built components are found, by name.
    pub(crate) fn components(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// Where cargo works on guests.
    pub(crate) fn guest_target(&self, name: &str) -> PathBuf {
        self.target.join("guest-build").join(name)
    }
}
