//! Projects that `arrowbox new` begins, in every language and of every kind: tested, built and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrowbox_build::go_compiler;
use arrowbox_tests::command::{Arrowbox, program};
use arrowbox_tests::workspace::target;

use crate::examples::languages;

/// Each kind of function, and what its statement gives in whatever language it is written.
const KINDS: [(&str, &str); 9] = [
    ("scalar", "Hello, World!"),
    ("aggregate", "4.0"),
    ("window", "12,-0.75\n12,13.25\n18,-0.875\n6,-4.0\n6,9.5"),
    ("table", "a,b,1,a\na,b,2,b\nc,1,c"),
    (
        "map-batches",
        "Oslo,12,2.5,-1.5\nOslo,18,-1.0,-2.5\nOslo,6,-4.0,-4.0\nRome,12,17.0,24.0\nRome,6,9.5,7.0",
    ),
    ("grouped-map", "Oslo,-1.0,6.5\nRome,13.25,7.5"),
    ("cogrouped-map", "1,1,2\n2,1,0"),
    ("reader", "colour,red\nsize,5"),
    ("writer", "one\ntwo"),
];

/// A folder with a new project of each kind, and a place for what Arrowbox keeps.
struct Projects {
    folder: tempfile::TempDir,
    language: &'static str,
}

impl Projects {
    /// None if the language was not set up.
    fn begin(language: &'static str, of: &str) -> Option<Self> {
        if !languages().iter().any(|set_up| set_up == of) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let projects = Self { folder, language };
        for (kind, _) in KINDS {
            let arguments = ["new", kind, "--lang", language, "--kind", kind];
            projects
                .arrowbox(arguments)
                .folder(projects.path())
                .run()
                .ok();
        }
        Some(projects)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn kind(&self, kind: &str) -> PathBuf {
        self.path().join(kind)
    }

    fn arrowbox<const N: usize>(&self, arguments: [&str; N]) -> Arrowbox {
        let environment = target().join("languages/python/venv");
        Arrowbox::new(&self.path().join("home"), arguments).env("VIRTUAL_ENV", environment)
    }

    /// Runs the tests of each project.
    fn test(&self, program: &Path, arguments: &[&str]) {
        for (kind, _) in KINDS {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(self.kind(kind));
            let output = command.output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(output.status.success(), "{} {kind}: {said}", self.language);
        }
    }

    /// Makes one project of all, whose sources have the names of the kinds, and builds it.
    fn build_all(&self, source: &str, end: &str, more: &[(&str, &str)]) -> PathBuf {
        let all = self.path().join("all");
        fs::create_dir(&all).unwrap();
        for (kind, _) in KINDS {
            let name = format!("{}{end}", kind.replace('-', "_"));
            fs::copy(self.kind(kind).join(source), all.join(name)).unwrap();
        }
        for (name, content) in more {
            fs::write(all.join(name), content).unwrap();
        }
        let component = self.path().join("all.wasm");
        let output = component.to_str().unwrap();
        self.arrowbox(["build", all.to_str().unwrap(), "-o", output])
            .run()
            .ok();
        component
    }

    /// Runs the statement of a kind's README.
    fn query(&self, kind: &str, component: &Path, expected: &str) {
        let readme = fs::read_to_string(self.kind(kind).join("README.md")).unwrap();
        let (_, command) = readme.split_once("arrowbox sql --component ").unwrap();
        let (_, command) = command.split_once(' ').unwrap();
        let (command, _) = command.split_once("```").unwrap();
        let script = format!(
            "{} sql --format csv --component {} {command}",
            program().display(),
            component.display(),
        );
        let mut shell = Command::new("sh");
        shell.args(["-ec", &script]).current_dir(self.kind(kind));
        shell.env("ARROWBOX_DATA_DIR", self.path().join("home"));
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {kind}: {said}", self.language);
        let found = match kind {
            "writer" => written(&self.kind(kind).join("lines")),
            _ => rows(&String::from_utf8_lossy(&output.stdout)),
        };
        assert_eq!(found, expected, "{} {kind}: {said}", self.language);
    }
}

/// The rows of a result in the order of their text, without the names of columns.
fn rows(csv: &str) -> String {
    let mut rows: Vec<_> = csv.lines().skip(1).collect();
    rows.sort_unstable();
    rows.join("\n").replace('"', "")
}

/// The lines of the files in a folder, in their order.
fn written(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let all: String = files.collect();
    let mut lines: Vec<_> = all.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn projects_in_c_are_tested_built_and_run() {
    let Some(projects) = Projects::begin("c", "c") else {
        return;
    };
    projects.test(Path::new("make"), &["--silent", "test"]);
    for (kind, expected) in KINDS {
        let folder = projects.kind(kind);
        projects.arrowbox(["build"]).folder(&folder).run().ok();
        let component = folder.join(format!("target/components/{kind}.wasm"));
        projects.query(kind, &component, expected);
    }
}

#[test]
fn projects_in_go_are_tested_built_and_run() {
    let Some(projects) = Projects::begin("go", "go") else {
        return;
    };
    projects.test(&go_compiler().unwrap(), &["test", "./..."]);
    let manifest = fs::read_to_string(projects.kind("scalar").join("go.mod")).unwrap();
    let component = projects.build_all("functions.go", ".go", &[("go.mod", &manifest)]);
    for (kind, expected) in KINDS {
        projects.query(kind, &component, expected);
    }
}

#[test]
fn projects_in_python_are_tested_built_and_run() {
    let Some(projects) = Projects::begin("python", "python") else {
        return;
    };
    let python = target().join("languages/python/venv/bin/python");
    projects.test(&python, &["-m", "unittest"]);
    let modules = KINDS.map(|(kind, _)| format!("\"{}\"", kind.replace('-', "_")));
    let manifest = format!(
        "[project]\nname = \"all\"\n[tool.arrowbox]\nmodules = [{}]\n",
        modules.join(", ")
    );
    let component = projects.build_all("functions.py", ".py", &[("pyproject.toml", &manifest)]);
    for (kind, expected) in KINDS {
        projects.query(kind, &component, expected);
    }
}

#[test]
fn projects_in_javascript_are_tested_built_and_run() {
    of_npm("js");
}

#[test]
fn projects_in_typescript_are_tested_built_and_run() {
    of_npm("ts");
}

fn of_npm(language: &'static str) {
    let Some(projects) = Projects::begin(language, "js") else {
        return;
    };
    // As `npm install` does, above all of them.
    let packages = projects.path().join("node_modules");
    fs::create_dir(&packages).unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk/js");
    std::os::unix::fs::symlink(sdk, packages.join("arrowbox-sdk")).unwrap();
    projects.test(Path::new("node"), &["--test", "--test-reporter=dot"]);
    let end = format!(".{language}");
    let exports =
        KINDS.map(|(kind, _)| format!("export * from './{}{end}';\n", kind.replace('-', "_")));
    let index = (format!("index{end}"), exports.concat());
    let source = format!("functions{end}");
    let component = projects.build_all(
        &source,
        &end,
        &[
            (&index.0, &index.1),
            ("package.json", "{\"type\":\"module\"}"),
        ],
    );
    for (kind, expected) in KINDS {
        projects.query(kind, &component, expected);
    }
}
