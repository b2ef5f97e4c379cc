//! C and C++: the compiler that this machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrowbox_build::c_compiler;

use super::{Language, Tools, as_command, folder, has};
use crate::failure::Failure;
use crate::workspace::Workspace;

pub(super) struct C {
    tests: PathBuf,
    /// The command, which builds and runs what the tests are about.
    arrowbox: PathBuf,
    /// The functions that those of the tests are compared with.
    reference: PathBuf,
    target: PathBuf,
}

pub(super) fn lacks() -> Option<String> {
    if !has("gcc") {
        return Some("there is no `gcc`, which has the sanitizers".to_owned());
    }
    c_compiler().err().map(|error| error.to_string())
}

impl C {
    pub(super) fn set_up(workspace: &Workspace) -> Result<Self, Failure> {
        Ok(Self {
            tests: workspace.root().join("guest-sdk/c/tests"),
            arrowbox: workspace.target().join("debug/arrowbox"),
            reference: workspace.components().join("reference.wasm"),
            target: folder(workspace, Language::C)?,
        })
    }
}

impl Tools for C {
    fn tests(&self, _: &[PathBuf]) -> Result<Vec<Command>, Failure> {
        let mut check = Command::new(self.tests.join("check.sh"));
        check.arg(&self.arrowbox).arg(&self.reference);
        Ok(vec![Command::new(self.tests.join("native.sh")), check])
    }

    fn build(&self, project: &Path, component: &Path) -> Result<(), Failure> {
        as_command(project, component, &self.target)
    }
}
