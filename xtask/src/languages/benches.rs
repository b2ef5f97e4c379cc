//! What is measured of each language: the functions of `tests/bench`, as a component and outside of one.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Language, Languages, folder};
use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The aggregate of the examples that is measured, too.
const AGGREGATE: &str = "geometric-mean";

/// What runs the functions of a language outside of a component.
pub(crate) struct Native {
    /// As the benchmark calls it.
    pub(super) runtime: &'static str,
    /// A program and its arguments, or what this machine lacks for it.
    pub(super) command: Result<Vec<OsString>, &'static str>,
}

impl Languages {
    /// Builds what the suite `languages` measures, and says in a file which languages there are. As many steps as there
    /// are [languages](Self::count).
    pub(crate) fn prepare_benches(
        &self,
        workspace: &Workspace,
        steps: &mut Steps,
    ) -> Result<PathBuf, Failure> {
        let mut languages = Vec::new();
        for (language, lacks) in &self.0 {
            let title = language.title();
            languages.push(match lacks {
                None => language.prepare_bench(workspace, steps)?,
                Some(missing) => {
                    steps.announce(&format!("Passing over {title}: {missing}"));
                    json!({"language": title, "missing": missing})
                }
            });
        }
        let folder = workspace.target().join("bench");
        fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
        let path = folder.join("languages.in.json");
        let text = Value::from(languages).to_string();
        fs::write(&path, text).map_err(Failure::file(&path))?;
        Ok(path)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Language {
    fn prepare_bench(self, workspace: &Workspace, steps: &mut Steps) -> Result<Value, Failure> {
        let title = self.title();
        let bench = workspace.root().join("tests/bench").join(self.name());
        let step = steps.begin(&format!("Building what is measured of {title}"));
        let tools = self.set_up(workspace)?;
        let made = folder(workspace, self)?.join("bench");
        fs::create_dir_all(&made).map_err(Failure::file(&made))?;
        let example = workspace.root().join("examples").join(AGGREGATE);
        let mut components = Vec::new();
        for (name, project) in [
            ("functions", tools.functions(&bench)),
            (AGGREGATE, example.join(self.name())),
        ] {
            step.say(name);
            let component = made.join(name).with_extension("wasm");
            tools.build(&project, &component)?;
            components.push(component);
        }
        let natives = tools.natives(&bench, &made)?;
        let natives: Vec<Value> = natives.iter().map(Native::described).collect();
        step.end(&format!("{} components", components.len()));
        Ok(json!({"language": title, "components": components, "natives": natives}))
    }
}

impl Native {
    fn described(&self) -> Value {
        match &self.command {
            Ok(command) => {
                let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
                json!({"runtime": self.runtime, "command": words})
            }
            Err(missing) => json!({"runtime": self.runtime, "missing": missing}),
        }
    }
}
