//! Go: the toolchain that this machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrowbox_build::go_compiler;

use super::{Language, Native, Tools, as_command, folder};
use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

pub(super) struct Go {
    program: PathBuf,
    sdk: PathBuf,
    /// The command, which builds and runs what the tests are about.
    arrowbox: PathBuf,
    target: PathBuf,
}

pub(super) fn lacks() -> Option<String> {
    go_compiler().err().map(|error| error.to_string())
}

impl Go {
    pub(super) fn set_up(workspace: &Workspace) -> Result<Self, Failure> {
        Ok(Self {
            program: go_compiler().unwrap_or_else(|_| "go".into()),
            sdk: workspace.root().join("guest-sdk/go"),
            arrowbox: workspace.target().join("debug/arrowbox"),
            target: folder(workspace, Language::Go)?,
        })
    }

    /// A command of Go in a module, for all of its packages.
    fn all(&self, what: &str, module: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(module).args([what, "./..."]);
        command
    }
}

impl Tools for Go {
    fn tests(&self, examples: &[PathBuf]) -> Result<Vec<Command>, Failure> {
        let mut components = self.all("test", &self.sdk.join("tests"));
        components.env("ARROWBOX", &self.arrowbox);
        components.env("ARROWBOX_DATA_DIR", self.target.join("data"));
        let mut tests = vec![
            self.all("vet", &self.sdk),
            self.all("test", &self.sdk),
            components,
        ];
        tests.extend(examples.iter().map(|example| self.all("test", example)));
        Ok(tests)
    }

    fn build(&self, project: &Path, component: &Path) -> Result<(), Failure> {
        as_command(project, component, &self.target)
    }

    fn natives(&self, folder: &Path, made: &Path) -> Result<Vec<Native>, Failure> {
        let program = made.join("native");
        let mut compile = Command::new(&self.program);
        compile.current_dir(folder).args(["build", "-o"]);
        cargo::quietly(compile.arg(&program).arg("./native"))?;
        Ok(vec![Native {
            runtime: "go",
            command: Ok(vec![program.into()]),
        }])
    }
}
