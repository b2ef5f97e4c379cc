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
}

impl Language {
    /// Every language that can be built today.
    pub const ALL: [Self; 1] = [Self::Rust];

    /// Tells the language of the source in `folder` by the file that marks its projects.
    ///
    /// # Errors
    ///
    /// When `folder` is no folder, or has no marker of a supported language.
    pub fn detect(folder: &Path) -> Result<Self, LanguageError> {
        if !folder.is_dir() {
            return Err(LanguageError::NoFolder(folder.to_owned()));
        }
        Self::ALL
            .into_iter()
            .find(|language| folder.join(language.marker()).is_file())
            .ok_or_else(|| LanguageError::Unknown(folder.to_owned()))
    }

    /// The file at the root of a project in this language.
    pub fn marker(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
        })
    }
}

/// Why [`Language::detect`] found nothing to build.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LanguageError {
    /// The path is not a folder.
    #[error("{} is not a folder: give the folder that holds the project", .0.display())]
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
    fn a_folder_without_one_is_told_what_is_supported() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pyproject.toml"), "").unwrap();
        let error = Language::detect(folder.path()).unwrap_err();
        assert!(matches!(error, LanguageError::Unknown(_)));
        assert!(
            error
                .to_string()
                .contains("Rust (a folder with `Cargo.toml`)"),
            "{error}"
        );
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Language::detect(file.path()).unwrap_err();
        assert!(matches!(error, LanguageError::NoFolder(_)));
    }
}
