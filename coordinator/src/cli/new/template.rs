//! What a new project consists of.

use std::path::Path;

use super::Language;
use super::kind::Kind;

/// A language's projects.
struct Template {
    /// The language, for people.
    title: &'static str,
    /// Names and contents of what is the same for every kind.
    files: &'static [(&'static str, &'static str)],
    /// Names of sources and of tests, and their contents in the order of the kinds.
    sources: &'static [(&'static str, [&'static str; 9])],
    /// How functions are tested as what they are without a sandbox, in the folder of the project.
    tests: &'static str,
    /// What goes before, in the order in which it is needed.
    set_up: &'static [&'static str],
}

/// The files of a folder, one for each kind.
macro_rules! of_each_kind {
    ($folder:literal, $end:literal) => {
        [
            include_str!(concat!($folder, "/scalar", $end)),
            include_str!(concat!($folder, "/aggregate", $end)),
            include_str!(concat!($folder, "/window", $end)),
            include_str!(concat!($folder, "/table", $end)),
            include_str!(concat!($folder, "/map_batches", $end)),
            include_str!(concat!($folder, "/grouped_map", $end)),
            include_str!(concat!($folder, "/cogrouped_map", $end)),
            include_str!(concat!($folder, "/reader", $end)),
            include_str!(concat!($folder, "/writer", $end)),
        ]
    };
}

const RUST: Template = Template {
    title: "Rust",
    files: &[
        ("Cargo.toml", include_str!("rust/Cargo.toml.in")),
        (".gitignore", "/target\n"),
    ],
    sources: &[("src/lib.rs", of_each_kind!("rust/kinds", ".rs.in"))],
    tests: "cargo test",
    set_up: &[],
};

const PYTHON: Template = Template {
    title: "Python",
    files: &[
        ("pyproject.toml", include_str!("python/pyproject.toml.in")),
        (".gitignore", include_str!("python/gitignore.in")),
    ],
    sources: &[
        ("functions.py", of_each_kind!("python/kinds", ".py.in")),
        ("test_functions.py", of_each_kind!("python/tests", ".py.in")),
    ],
    tests: ".venv/bin/python -m unittest",
    set_up: &[
        "python3 -m venv .venv",
        ".venv/bin/pip install --quiet '@SDK@'",
    ],
};

const JAVASCRIPT: Template = Template {
    title: "JavaScript",
    files: &[
        ("package.json", include_str!("js/package.json.in")),
        (".npmrc", include_str!("js/npmrc.in")),
        (".gitignore", include_str!("js/gitignore.in")),
    ],
    sources: &[
        ("functions.js", of_each_kind!("js/kinds", ".js.in")),
        (
            "functions.test.js",
            of_each_kind!("js/tests", ".test.js.in"),
        ),
    ],
    tests: "npm test",
    set_up: &["npm install"],
};

const TYPESCRIPT: Template = Template {
    title: "TypeScript",
    files: &[
        ("package.json", include_str!("ts/package.json.in")),
        ("tsconfig.json", include_str!("ts/tsconfig.json.in")),
        (".npmrc", include_str!("js/npmrc.in")),
        (".gitignore", include_str!("js/gitignore.in")),
    ],
    sources: &[
        ("functions.ts", of_each_kind!("ts/kinds", ".ts.in")),
        (
            "functions.test.js",
            of_each_kind!("ts/tests", ".test.js.in"),
        ),
    ],
    // What reads TypeScript in a test is installed with what builds it.
    set_up: &["npm install", BUILD],
    ..JAVASCRIPT
};

const C: Template = Template {
    title: "C",
    files: &[
        ("Makefile", include_str!("c/Makefile.in")),
        ("compile_flags.txt", include_str!("c/compile_flags.txt.in")),
        (".gitignore", "/target\n"),
    ],
    sources: &[
        ("functions.c", of_each_kind!("c/kinds", ".c.in")),
        ("test_functions.c", of_each_kind!("c/tests", ".c.in")),
    ],
    tests: "make test",
    set_up: &[],
};

const GO: Template = Template {
    title: "Go",
    files: &[
        ("go.mod", include_str!("go/go.mod.in")),
        (".gitignore", "/target\n"),
    ],
    sources: &[
        ("functions.go", of_each_kind!("go/kinds", ".go.in")),
        (
            "functions_test.go",
            of_each_kind!("go/tests", "_test.go.in"),
        ),
    ],
    tests: "go test ./...",
    set_up: &[],
};

const BUILD: &str = "arrowbox build";

const README: &str = include_str!("README.md.in");

fn template(language: Language) -> Template {
    match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::Js => JAVASCRIPT,
        Language::Ts => TYPESCRIPT,
        Language::C => C,
        Language::Go => GO,
    }
}

/// Names and contents of the files of a project whose function is of this kind.
pub(super) fn files(
    language: Language,
    name: &str,
    kind: Kind,
    sdk: &Path,
) -> Vec<(&'static str, String)> {
    let template = template(language);
    let example = kind.example();
    let path = sdk.display().to_string();
    let tests: Vec<_> = template
        .set_up
        .iter()
        .copied()
        .chain([template.tests])
        .collect();
    let fill = |text: &str| {
        text.replace("@TESTS@", &tests.join("\n"))
            .replace("@LANGUAGE@", template.title)
            .replace("@NAME@", name)
            .replace("@LOWER@", &name.to_lowercase())
            .replace(
                "@QUOTED_SDK@",
                &path.replace('\\', "\\\\").replace('"', "\\\""),
            )
            .replace("@SDK@", &path)
            .replace("@TEST@", example.test)
            .replace("@TABLES@", example.tables)
            .replace("@SQL@", example.sql)
    };
    let mut files = vec![("README.md", fill(README))];
    let common = template.files.iter();
    files.extend(common.map(|(name, content)| (*name, fill(content))));
    let sources = template.sources.iter();
    files.extend(sources.map(|(name, kinds)| (*name, fill(kinds[kind as usize]))));
    let given = example.files.iter();
    files.extend(given.map(|(name, content)| (*name, (*content).to_owned())));
    files
}

/// What is done next in a new project, from the folder where the command ran.
pub(super) fn steps(language: Language, folder: &Path, kind: Kind, sdk: &Path) -> Vec<String> {
    let template = template(language);
    let mut steps = vec![format!("cd {}", folder.display())];
    let set_up = template.set_up.iter().chain([&template.tests]);
    let sdk = sdk.display().to_string();
    steps.extend(set_up.map(|step| step.replace("@SDK@", &sdk)));
    if !template.set_up.contains(&BUILD) {
        steps.push(BUILD.to_owned());
    }
    steps.push(format!("arrowbox test . {}", kind.example().test));
    steps
}
