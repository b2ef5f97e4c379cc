//! Staging in a folder that another machine made.
//!
//! Whoever commits a write makes the staging folder and removes it. Machines that write parts of it only put
//! files there, and make folders only below its `data`: once that is gone, renamed or removed, whoever still
//! writes fails, however late.

use std::{
    fs,
    io::{ErrorKind, Result},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Shared,
    local::{Found, StagedFile, inside, outside, resolve},
};
use crate::sandbox::SinkFile;

pub(super) struct Joined {
    target: PathBuf,
    attempt: String,
}

impl Joined {
    pub(super) fn new(target: &Path, attempt: &str) -> Self {
        Self {
            target: target.to_owned(),
            attempt: attempt.to_owned(),
        }
    }

    pub(super) fn create(
        &self,
        path: &str,
        shared: &Arc<Shared>,
    ) -> std::result::Result<Box<dyn SinkFile>, String> {
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists => super::created_before(path),
            ErrorKind::NotFound => format!(
                "the file `{path}` can not be created: the write was given up, or its folder can not be \
                 reached from this machine"
            ),
            _ => format!("the file `{path}` can not be created: {error}"),
        };
        let data = self.data().map_err(failed)?;
        let at = data.join(path);
        if let Some((folders, _)) = path.rsplit_once('/') {
            make_below(&data, folders).map_err(failed)?;
        }
        let file = StagedFile::create(at, path, shared).map_err(failed)?;
        Ok(Box::new(file))
    }

    /// Where files are put. Looked for each time: it is there only as long as the write goes on.
    fn data(&self) -> Result<PathBuf> {
        let (target, found) = resolve(&self.target)?;
        let beside = outside(&target, &self.attempt);
        let within = match found {
            Found::Nothing => None,
            Found::Empty | Found::Files => Some(inside(&target, &self.attempt)),
        };
        let places = beside.into_iter().chain(within);
        let mut data = places.map(|staging| staging.join(super::local::DATA));
        data.find(|data| data.is_dir())
            .ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// Makes folders one after the other, each in one that is there.
fn make_below(data: &Path, folders: &str) -> Result<()> {
    let mut at = data.to_owned();
    for name in folders.split('/') {
        at.push(name);
        match fs::create_dir(&at) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists && at.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
