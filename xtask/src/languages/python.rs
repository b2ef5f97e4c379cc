//! Python: the SDK, `componentize-py` and `pytest`, in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Language, Native, Tools, folder, has};
use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

pub(super) struct Python {
    /// The interpreter of the environment.
    interpreter: PathBuf,
    sdk: PathBuf,
}

pub(super) fn lacks() -> Option<String> {
    let missing = "there is no `python3`; install Python 3.10 or newer, with its module `venv`";
    (!has("python3")).then(|| missing.to_owned())
}

impl Python {
    pub(super) fn set_up(workspace: &Workspace) -> Result<Self, Failure> {
        let sdk = workspace.root().join("guest-sdk/python");
        let environment = folder(workspace, Language::Python)?.join("venv");
        let interpreter = environment.join("bin/python");
        // What is installed there already is as the SDK says, unless that has changed.
        let project = sdk.join("pyproject.toml");
        let wanted = fs::read_to_string(&project).map_err(Failure::file(&project))?;
        let wanted = format!("{}\n{wanted}", sdk.display());
        let stamp = environment.join("installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { interpreter, sdk });
        }
        let mut make = Command::new("python3");
        cargo::run(make.args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut install = Command::new(&interpreter);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        install
            .arg("--editable")
            .arg(format!("{}[build,test]", sdk.display()));
        cargo::run(&mut install)?;
        fs::write(&stamp, wanted).map_err(Failure::file(&stamp))?;
        Ok(Self { interpreter, sdk })
    }
}

impl Tools for Python {
    fn tests(&self, examples: &[PathBuf]) -> Result<Vec<Command>, Failure> {
        let mut pytest = Command::new(&self.interpreter);
        pytest.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"]);
        pytest.env("PYTHONDONTWRITEBYTECODE", "1");
        pytest.current_dir(&self.sdk).arg("tests").args(examples);
        Ok(vec![pytest])
    }

    fn build(&self, project: &Path, component: &Path) -> Result<(), Failure> {
        let mut build = Command::new(&self.interpreter);
        build.args(["-m", "arrowbox.build"]).arg(project);
        build.env("PYTHONDONTWRITEBYTECODE", "1");
        cargo::quietly(build.arg("--output").arg(component))
    }

    fn functions(&self, folder: &Path) -> PathBuf {
        folder.join("functions.py")
    }

    fn natives(&self, folder: &Path, _made: &Path) -> Result<Vec<Native>, Failure> {
        Ok(vec![Native {
            runtime: "cpython",
            command: Ok(vec![
                self.interpreter.clone().into(),
                "-B".into(),
                folder.join("native.py").into(),
            ]),
        }])
    }
}
