//! JavaScript and TypeScript: the packages that the SDK needs, beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Language, Tools, folder, has};
use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

pub(super) struct JavaScript {
    sdk: PathBuf,
}

pub(super) fn lacks() -> Option<&'static str> {
    (!has("node") || !has("npm"))
        .then_some("there is no `node` or no `npm`; install Node.js 20 or newer")
}

impl JavaScript {
    pub(super) fn set_up(workspace: &Workspace) -> Result<Self, Failure> {
        let sdk = workspace.root().join("guest-sdk/js");
        let package = sdk.join("package.json");
        let wanted = fs::read_to_string(&package).map_err(Failure::file(&package))?;
        let stamp = sdk.join("node_modules/installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { sdk });
        }
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        install
            .arg("--cache")
            .arg(folder(workspace, Language::Js)?.join("cache"));
        cargo::run(install.current_dir(&sdk))?;
        fs::write(&stamp, wanted).map_err(Failure::file(&stamp))?;
        Ok(Self { sdk })
    }
}

impl Tools for JavaScript {
    fn tests(&self, examples: &[PathBuf]) -> Vec<Command> {
        let mut sdk = Command::new("npm");
        sdk.args(["test", "--silent"]).current_dir(&self.sdk);
        let examples = examples.iter().map(|example| {
            let mut test = Command::new("node");
            test.arg("--test").current_dir(example);
            test
        });
        [sdk].into_iter().chain(examples).collect()
    }

    fn build(&self, project: &Path, component: &Path) -> Command {
        let mut build = Command::new("node");
        build.arg(self.sdk.join("bin/arrowbox-sdk.js"));
        build.arg("build").arg(project).arg("--out").arg(component);
        build
    }
}
