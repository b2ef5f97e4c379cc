//! The language that a folder of source is written in.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// A language that this crate can build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// A cargo package or workspace.
    Rust,
    /// A folder of sources, or a single one; C++, too.
    C,
    /// A module, or a single source.
    Go,
    /// A package, or a single module.
    Python,
    /// A package, or a single module; TypeScript, too.
    JavaScript,
}

impl Language {
    /// Every language that can be built today.
    pub const ALL: [Self; 5] = [
        Self::Rust,
        Self::C,
        Self::Go,
        Self::Python,
        Self::JavaScript,
    ];

    /// Tells the language of a project: by the file that marks one of its root, or, of a single file, by the end of its
    /// name. A folder without a marker is of the language of all of its sources.
    ///
    /// # Errors
    ///
    /// When there is nothing, or no source of a supported language, or of more than one.
    pub fn detect(project: &Path) -> Result<Self, LanguageError> {
        let path = || project.to_owned();
        if project.is_file() {
            return Self::of_file(project).ok_or_else(|| LanguageError::Unknown(path()));
        }
        if !project.is_dir() {
            return Err(LanguageError::NoFolder(path()));
        }
        let is_marked = |language: &Self| {
            let marker = language.marker();
            marker.is_some_and(|marker| project.join(marker).is_file())
        };
        let mut found: Vec<_> = Self::ALL.into_iter().filter(is_marked).collect();
        if found.is_empty() {
            found = Self::of_sources(project);
        }
        if found.is_empty() {
            found = Self::of_sources(&project.join("src"));
        }
        match found[..] {
            [] => Err(LanguageError::Unknown(path())),
            [language] => Ok(language),
            _ => Err(LanguageError::Several(path(), found)),
        }
    }

    /// The languages of the files in a folder.
    fn of_sources(folder: &Path) -> Vec<Self> {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        let sources: Vec<_> = entries.map(|entry| Self::of_file(&entry.path())).collect();
        let has = |language: &Self| sources.contains(&Some(*language));
        Self::ALL.into_iter().filter(has).collect()
    }

    /// The language of a source that is built by itself.
    fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "c" | "cc" | "cpp" | "cxx" => Some(Self::C),
            "go" => Some(Self::Go),
            "py" => Some(Self::Python),
            "js" | "mjs" | "ts" | "mts" => Some(Self::JavaScript),
            _ => None,
        }
    }

    /// The file at the root of a project in this language, where the language has one.
    pub fn marker(self) -> Option<&'static str> {
        match self {
            Self::Rust => Some("Cargo.toml"),
            Self::C => None,
            Self::Go => Some("go.mod"),
            Self::Python => Some("pyproject.toml"),
            Self::JavaScript => Some("package.json"),
        }
    }

    /// What a project is known by, for people.
    fn sign(self) -> &'static str {
        match self {
            Self::Rust => "a folder with `Cargo.toml`",
            Self::C => "a folder with `.c` or `.cpp` files, or one of them",
            Self::Go => "a folder with `go.mod`, or a `.go` file",
            Self::Python => "a folder with `pyproject.toml`, or a `.py` file",
            Self::JavaScript => "a folder with `package.json`, or a `.js` or `.ts` file",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Go => "Go",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
        })
    }
}

/// Why [`Language::detect`] found nothing to build.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LanguageError {
    /// There is nothing at the path.
    #[error("{} is not there: give the folder that holds the project, or a source", .0.display())]
    NoFolder(PathBuf),
    /// No sign of a supported language.
    #[error(
        "{} has no project that can be built; supported today: {}",
        .0.display(),
        Language::ALL.map(|language| format!("{language} ({})", language.sign())).join(", ")
    )]
    Unknown(PathBuf),
    /// More than one language.
    #[error(
        "{} has projects in {}: say with --lang which one to build, or give its source",
        .0.display(),
        .1.iter().map(Language::to_string).collect::<Vec<_>>().join(" and ")
    )]
    Several(PathBuf, Vec<Language>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_manifest_is_rust() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        assert_eq!(Language::detect(folder.path()).unwrap(), Language::Rust);
    }

    #[test]
    fn markers_and_names_of_files_tell_the_language() {
        let cases: [(&[&str], Option<Language>); 12] = [
            (&["pyproject.toml", "a.py"], Some(Language::Python)),
            (&["package.json", "index.ts"], Some(Language::JavaScript)),
            (&["a.py", "b.py", "README.md"], Some(Language::Python)),
            (&["index.ts"], Some(Language::JavaScript)),
            (&["Cargo.toml", "build.py"], Some(Language::Rust)),
            (&["gcd.c", "gcd.h", "Makefile"], Some(Language::C)),
            (&["src/gcd.cpp", "README.md"], Some(Language::C)),
            (&["go.mod", "gcd.go"], Some(Language::Go)),
            (&["package.json", "addon.c"], Some(Language::JavaScript)),
            (&["a.py", "a.js"], None),
            (&["Cargo.toml", "package.json"], None),
            (&["README.md"], None),
        ];
        for (files, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("src")).unwrap();
            for file in files {
                std::fs::write(folder.path().join(file), "").unwrap();
            }
            let found = Language::detect(folder.path());
            assert_eq!(found.ok(), expected, "{files:?}");
        }
    }

    #[test]
    fn a_folder_of_several_languages_is_told_to_choose() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["Cargo.toml", "pyproject.toml"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let error = Language::detect(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("Rust and Python: say with --lang"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_of_nothing_is_told_what_is_supported() {
        let folder = tempfile::tempdir().unwrap();
        let error = Language::detect(folder.path()).unwrap_err();
        assert!(matches!(error, LanguageError::Unknown(_)));
        for language in [
            "Rust (a folder with `Cargo.toml`)",
            "Python (a folder with `pyproject.toml`, or a `.py` file)",
        ] {
            assert!(error.to_string().contains(language), "{error}");
        }
    }

    #[test]
    fn a_single_file_tells_its_language() {
        let folder = tempfile::tempdir().unwrap();
        for (name, expected) in [
            ("a.py", Some(Language::Python)),
            ("a.go", Some(Language::Go)),
            ("a.ts", Some(Language::JavaScript)),
            ("a.cpp", Some(Language::C)),
            ("a.txt", None),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, "").unwrap();
            assert_eq!(Language::detect(&file).ok(), expected);
        }
        let missing = Language::detect(&folder.path().join("missing")).unwrap_err();
        assert!(matches!(missing, LanguageError::NoFolder(_)));
    }
}
