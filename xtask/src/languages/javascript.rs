//! JavaScript and TypeScript: the packages that the SDK needs, beside it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Language, Native, Tools, folder, has};
use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// The interpreter that benchmarks compare with.
const QUICKJS: &str = "quickjs-ng==0.17.0.2";

pub(super) struct JavaScript {
    sdk: PathBuf,
}

pub(super) fn lacks() -> Option<String> {
    let missing = "there is no `node` or no `npm`; install Node.js 20 or newer";
    (!has("node") || !has("npm")).then(|| missing.to_owned())
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

impl JavaScript {
    /// Lets a project find the SDK, unless it was installed there. As `npm link` does.
    fn link(&self, project: &Path) -> Result<(), Failure> {
        let modules = project.join("node_modules");
        let link = modules.join("arrowbox-sdk");
        if link.exists() {
            return Ok(());
        }
        fs::create_dir_all(&modules).map_err(Failure::file(&modules))?;
        // One that leads nowhere.
        let _ = fs::remove_file(&link);
        symlink(&self.sdk, &link).map_err(Failure::file(&link))
    }
}

impl Tools for JavaScript {
    fn tests(&self, examples: &[PathBuf]) -> Result<Vec<Command>, Failure> {
        let mut tests = Vec::new();
        let folders = [self.sdk.join("test")];
        for folder in folders.iter().chain(examples) {
            let mut test = Command::new("node");
            test.args(["--test", "--test-reporter=dot"]);
            test.current_dir(folder);
            let mut count = 0;
            for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
                let path = entry.map_err(Failure::file(folder))?.path();
                if path.to_string_lossy().ends_with(".test.js") {
                    test.arg(path);
                    count += 1;
                }
            }
            if count > 0 {
                tests.push(test);
            }
        }
        for example in examples {
            self.link(example)?;
        }
        Ok(tests)
    }

    fn build(&self, project: &Path, component: &Path) -> Result<(), Failure> {
        let folder = match project.is_file() {
            true => project.parent().unwrap_or(project),
            false => project,
        };
        self.link(folder)?;
        let mut build = Command::new("node");
        build.arg(self.sdk.join("bin/arrowbox-sdk.js"));
        build.arg("build").arg(project);
        cargo::quietly(build.arg("--out").arg(component))
    }

    fn functions(&self, folder: &Path) -> PathBuf {
        folder.join("functions.js")
    }

    fn natives(&self, folder: &Path, made: &Path) -> Result<Vec<Native>, Failure> {
        self.link(&folder.join("../../../examples/geometric-mean/js"))?;
        Ok(vec![
            Native {
                runtime: "node",
                command: Ok(vec!["node".into(), folder.join("native.js").into()]),
            },
            Native {
                runtime: "quickjs",
                command: match has("python3") {
                    true => Ok(vec![
                        quickjs(made)?.into(),
                        "-B".into(),
                        folder.join("native_quickjs.py").into(),
                    ]),
                    false => Err("there is no `python3`, whose package `quickjs-ng` has QuickJS"),
                },
            },
        ])
    }
}

/// A Python with QuickJS as machine code, which neither npm nor every Debian has.
fn quickjs(made: &Path) -> Result<PathBuf, Failure> {
    let environment = made.join("quickjs");
    let interpreter = environment.join("bin/python");
    let stamp = environment.join(QUICKJS);
    if stamp.is_file() {
        return Ok(interpreter);
    }
    let mut make = Command::new("python3");
    cargo::quietly(make.args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut install = Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--quiet", QUICKJS]);
    cargo::quietly(&mut install)?;
    fs::write(&stamp, "").map_err(Failure::file(&stamp))?;
    Ok(interpreter)
}
