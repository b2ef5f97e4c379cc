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
    /// A package, or a single module.
    Python,
    /// A package, or a single module; TypeScript, too.
    JavaScript,
}

impl Language {
    /// Every language that can be built today.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::JavaScript];

    /// Tells the language of a project: by the file that marks one of its root, or, of a single file, by the end of its
    /// name. A folder without a marker is of the language of all of its sources.
    ///
    /// # Errors
    ///
    /// When there is nothing, or no source of a supported language, or of more than one.
    pub fn detect(project: &Path) -> Result<Self, LanguageError> {
        if project.is_file() {
            return Self::of_file(project)
                .ok_or_else(|| LanguageError::Unknown(project.to_owned()));
        }
        if !project.is_dir() {
            return Err(LanguageError::NoFolder(project.to_owned()));
        }
        let marked = Self::ALL
            .into_iter()
            .find(|language| project.join(language.marker()).is_file());
        if let Some(language) = marked {
            return Ok(language);
        }
        let mut found = None;
        for entry in project.read_dir().into_iter().flatten().flatten() {
            match (Self::of_file(&entry.path()), found) {
                (None, _) => {}
                (language, None) => found = language,
                (language, _) if language == found => {}
                _ => return Err(LanguageError::Unknown(project.to_owned())),
            }
        }
        found.ok_or_else(|| LanguageError::Unknown(project.to_owned()))
    }

    /// The language of a source that is built by itself.
    fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "py" => Some(Self::Python),
            "js" | "mjs" | "ts" | "mts" => Some(Self::JavaScript),
            _ => None,
        }
    }

    /// The file at the root of a project in this language.
    pub fn marker(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Python => "pyproject.toml",
            Self::JavaScript => "package.json",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
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
    #[error("{} is not there: give the folder that holds the project", .0.display())]
    NoFolder(PathBuf),
    /// No marker file of a supported language.
    #[error(
        "{} has no project that can be built; supported today: {}",
        .0.display(),
        Language::ALL.map(|language| format!("{language} (a folder with `{}`)", language.marker())).join(", ")
    )]
    Unknown(PathBuf),
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
        let cases: [(&[&str], Option<Language>); 7] = [
            (&["pyproject.toml", "a.py"], Some(Language::Python)),
            (&["package.json", "index.ts"], Some(Language::JavaScript)),
            (&["a.py", "b.py", "README.md"], Some(Language::Python)),
            (&["index.ts"], Some(Language::JavaScript)),
            (&["Cargo.toml", "build.py"], Some(Language::Rust)),
            (&["a.py", "a.js"], None),
            (&["README.md"], None),
        ];
        for (files, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            for file in files {
                std::fs::write(folder.path().join(file), "").unwrap();
            }
            let found = Language::detect(folder.path());
            assert_eq!(found.ok(), expected, "{files:?}");
        }
    }

    #[test]
    fn a_folder_of_nothing_is_told_what_is_supported() {
        let folder = tempfile::tempdir().unwrap();
        let error = Language::detect(folder.path()).unwrap_err();
        assert!(matches!(error, LanguageError::Unknown(_)));
        for language in [
            "Rust (a folder with `Cargo.toml`)",
            "Python (a folder with `pyproject.toml`)",
        ] {
            assert!(error.to_string().contains(language), "{error}");
        }
    }

    #[test]
    fn a_single_file_tells_its_language() {
        let folder = tempfile::tempdir().unwrap();
        for (name, expected) in [
            ("a.py", Some(Language::Python)),
            ("a.ts", Some(Language::JavaScript)),
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
