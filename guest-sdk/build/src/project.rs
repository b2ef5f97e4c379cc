//! A project that becomes one component.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::BuildOptions;

/// A folder of sources, or a single one.
pub(crate) struct Project {
    /// The folder or file, from the root on.
    pub(crate) path: PathBuf,
    /// The folder, or the one that holds the file.
    pub(crate) folder: PathBuf,
    /// The name of the folder, or that of the file without its end.
    pub(crate) name: String,
    /// Where components go.
    pub(crate) components: PathBuf,
}

impl Project {
    pub(crate) fn of(path: &Path, options: &BuildOptions) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let (folder, name) = match path.is_dir() {
            true => (path.clone(), path.file_name()),
            false => {
                let folder = path.parent().unwrap_or(&path).to_owned();
                (folder, path.file_stem())
            }
        };
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        let target = match &options.target_dir {
            Some(target) => std::path::absolute(target)?,
            None => folder.join("target"),
        };
        Ok(Self {
            components: target.join("components"),
            path,
            folder,
            name,
        })
    }

    /// The Python environments that could be the project's: in its folder and those above it, and the active one.
    pub(crate) fn pythons(&self) -> impl Iterator<Item = PathBuf> {
        let folders = self.folder.ancestors();
        let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        folders
            .map(|folder| folder.join(".venv"))
            .chain(active)
            .map(|environment| environment.join("bin/python"))
            .filter(|python| python.is_file())
    }
}
