//! `arrowbox new`: a project that builds, tests and runs at once.

mod kind;
mod template;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrowbox_build::Sdk;

use super::language::Language;
use super::{Exit, Failure, Global};

use kind::Kind;

/// Begin a project of functions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox new my-functions
  arrowbox new my-functions --lang python
  arrowbox new my-mean --kind aggregate
  arrowbox new my-format --kind reader --lang c

It says what to do next, and the README.md of the new project shows how its function is tried out.")]
pub(super) struct New {
    /// The folder to make; its last part is the name of the project
    name: PathBuf,
    /// The language to write functions in
    #[arg(long, value_enum, default_value = "rust")]
    lang: Language,
    /// What its function does with rows
    #[arg(long, value_enum, default_value = "scalar")]
    kind: Kind,
}

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
enum NewError {
    /// The path is no name.
    #[error(
        "`{name}` can not be the name of a project: it begins with a letter and goes on with letters, \
         digits, `-` and `_`, and is no word of Rust"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// Something is there.
    #[error("`{}` is there already; nothing was changed", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file can not be written.
    #[error("`{}` can not be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Names that cargo does not take, or that make no crate.
const WORDS: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

impl New {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let name = project_name(&self.name)?;
        if self.name.exists() {
            return Err(NewError::Exists { path: self.name }.into());
        }
        let sdk = Sdk::unpack(global.data_dir()?.path())?.of(self.lang.into());
        for (file, content) in template::files(self.lang, &name, self.kind, &sdk) {
            write(&self.name.join(file), &content)?;
        }
        say!("{}", self.name.display())?;
        eprintln!("made the project `{name}`. What now:");
        for step in template::steps(self.lang, &self.name, self.kind, &sdk) {
            eprintln!("  {step}");
        }
        Ok(Exit::Done)
    }
}

fn project_name(path: &Path) -> Result<String, NewError> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = WORDS.contains(&name.replace('-', "_").as_str());
    if begins && name.chars().all(letters) && !word {
        Ok(name)
    } else {
        Err(NewError::Name { name })
    }
}

fn write(path: &Path, content: &str) -> Result<(), NewError> {
    let made = match path.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    };
    made.and_then(|()| fs::write(path, content))
        .map_err(|source| NewError::Write {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_kind_has_a_function_that_its_readme_calls() {
        for kind in Kind::value_variants() {
            for language in Language::value_variants() {
                let files = template::files(*language, "my-functions", *kind, Path::new("/sdk"));
                let content = |name: &str| {
                    let found = files.iter().find(|(file, _)| *file == name);
                    found.map(|(_, content)| content.as_str()).unwrap()
                };
                let readme = content("README.md");
                let example = kind.example();
                let function = example.test.split(' ').next().unwrap();
                assert!(example.sql.contains(function), "{kind:?}");
                assert!(readme.contains(example.test) && readme.contains(example.sql));
                for (name, content) in &files {
                    for left in ["@NAME@", "@LOWER@", "@SDK@", "@QUOTED_SDK@", "@TESTS@"] {
                        assert!(!content.contains(left), "{language:?}, {kind:?}: {name}");
                    }
                }
            }
        }
    }

    #[test]
    fn names_are_those_of_crates() {
        for (path, name) in [
            ("my-functions", Some("my-functions")),
            ("/tmp/x/f1", Some("f1")),
            ("a_b/", Some("a_b")),
            ("1a", None),
            ("..", None),
            ("fn", None),
            ("a b", None),
            ("über", None),
        ] {
            assert_eq!(
                project_name(Path::new(path)).ok().as_deref(),
                name,
                "{path}"
            );
        }
    }
}
