//! Staging on this machine.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Result, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Shared;
use crate::sandbox::{Interrupt, SinkFile};

/// What the staging folder's name ends with.
const ENDING: &str = ".staging";
/// In the staging folder: held as long as its writer lives.
const LOCK: &str = "lock";
/// In the staging folder: what becomes visible.
pub(super) const DATA: &str = "data";
/// Characters of an attempt's name.
const ATTEMPT: usize = 32;
/// Bytes of a target's name that the name of its staging folders has.
const SHOWN: usize = 150;

pub(super) struct Stage {
    target: PathBuf,
    attempt: String,
    /// `None` until there is something to stage, and after it was removed.
    folder: Mutex<Option<Folder>>,
}

/// A staging folder, and what was made for it.
struct Folder {
    /// The target without links, as far as it exists.
    target: PathBuf,
    staging: PathBuf,
    data: PathBuf,
    /// Folders above the target that were not there before, the uppermost first.
    made: Vec<PathBuf>,
    /// Whether it lies beside the target, and not in it.
    beside: bool,
    _lock: File,
}

/// What is at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Empty,
    Files,
}

impl Stage {
    pub(super) fn new(target: &Path, attempt: &str) -> Self {
        Self {
            target: target.to_owned(),
            attempt: attempt.to_owned(),
            folder: Mutex::default(),
        }
    }

    fn folder(&self) -> MutexGuard<'_, Option<Folder>> {
        // What it guards is whole between any two statements.
        self.folder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn create(
        &self,
        path: &str,
        shared: &Arc<Shared>,
    ) -> std::result::Result<Box<dyn SinkFile>, String> {
        let failed = |error| format!("the file `{path}` can not be created: {error}");
        let mut folder = self.folder();
        let folder = match &mut *folder {
            Some(folder) => folder,
            none => none.insert(Folder::make(&self.target, &self.attempt).map_err(failed)?),
        };
        let at = folder.data.join(path);
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let created = StagedFile::create(at, path, shared);
        Ok(Box::new(created.map_err(|error| match error.kind() {
            // By another machine.
            ErrorKind::AlreadyExists => super::created_before(path),
            _ => failed(error),
        })?))
    }

    /// Makes the folder that other machines put files in.
    pub(super) fn open(&self) -> std::result::Result<(), String> {
        let mut folder = self.folder();
        if folder.is_none() {
            let made = Folder::make(&self.target, &self.attempt);
            *folder = Some(made.map_err(|error| error.to_string())?);
        }
        Ok(())
    }

    /// Shows `files` files.
    pub(super) fn publish(
        &self,
        interrupt: &Interrupt,
        files: usize,
    ) -> std::result::Result<(), String> {
        let failed = |error: std::io::Error| error.to_string();
        let mut folder = self.folder();
        let made = match &mut *folder {
            Some(folder) => folder,
            none => none.insert(Folder::make(&self.target, &self.attempt).map_err(failed)?),
        };
        flush(&made.data).map_err(failed)?;
        // The last moment at which it can be stopped.
        interrupt.check().map_err(|stopped| stopped.to_string())?;
        made.show(&self.attempt, files).map_err(failed)?;
        if let Some(mut folder) = folder.take() {
            folder.made.clear();
            folder.remove();
        }
        Ok(())
    }

    pub(super) fn remove(&self) {
        if let Some(folder) = self.folder().take() {
            folder.remove();
        }
    }
}

impl Folder {
    fn make(target: &Path, attempt: &str) -> Result<Self> {
        let (target, found) = resolve(target)?;
        let mut made = Vec::new();
        let parent = match target.parent() {
            Some(parent) => {
                make_folders(parent, &mut made)?;
                parent
            }
            // The root of everything.
            None => &target,
        };
        let prefix = prefix(&target);
        remove_stale(parent, &prefix);
        if found != Found::Nothing {
            remove_stale(&target, ".");
        }
        // A rename goes nowhere from one file system to another.
        let one_system = match found {
            Found::Nothing => true,
            _ => fs::metadata(&target)?.dev() == fs::metadata(parent)?.dev(),
        };
        let inside = inside(&target, attempt);
        let outside = outside(&target, attempt).filter(|_| one_system);
        let locked = match outside {
            None => lock(&inside).map(|lock| (lock, inside, false)),
            Some(outside) => match lock(&outside) {
                Err(error) if found != Found::Nothing && not_allowed(&error) => {
                    lock(&inside).map(|lock| (lock, inside, false))
                }
                locked => locked.map(|lock| (lock, outside, true)),
            },
        };
        let (lock, staging, beside) = match locked {
            Ok(locked) => locked,
            Err(error) => {
                unmake(&made);
                return Err(error);
            }
        };
        let folder = Self {
            data: staging.join(DATA),
            target,
            staging,
            made,
            beside,
            _lock: lock,
        };
        if let Err(error) = fs::create_dir(&folder.data) {
            folder.remove();
            return Err(error);
        }
        Ok(folder)
    }

    /// The one step that makes everything visible.
    fn show(&self, attempt: &str, files: usize) -> Result<()> {
        let (_, found) = resolve(&self.target)?;
        let becomes = self.beside && found != Found::Files;
        if becomes {
            if found == Found::Empty {
                let permissions = fs::metadata(&self.target)?.permissions();
                fs::set_permissions(&self.data, permissions)?;
            }
            match fs::rename(&self.data, &self.target) {
                Ok(()) => {
                    flush_folder(self.target.parent());
                    return Ok(());
                }
                // Another writer was faster: what it wrote stays.
                Err(error) if taken(&error) => {}
                Err(error) => return Err(error),
            }
        }
        if files > 0 {
            fs::rename(&self.data, self.target.join(attempt))?;
            flush_folder(Some(&self.target));
        }
        Ok(())
    }

    fn remove(self) {
        // A file that is created just now can keep a folder from being removed once.
        let removed = fs::remove_dir_all(&self.staging).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => fs::remove_dir_all(&self.staging),
        });
        if let Err(error) = removed {
            let staging = self.staging.display();
            tracing::warn!(%error, "`{staging}` can not be removed; the next writer tries again");
        }
        unmake(&self.made);
    }
}

/// The staging folder beside a target without links.
pub(super) fn outside(target: &Path, attempt: &str) -> Option<PathBuf> {
    let name = format!("{}{attempt}{ENDING}", prefix(target));
    target.parent().map(|parent| parent.join(name))
}

/// The staging folder in a target.
pub(super) fn inside(target: &Path, attempt: &str) -> PathBuf {
    target.join(format!(".{attempt}{ENDING}"))
}

/// What the names of all staging folders beside a target begin with.
fn prefix(target: &Path) -> String {
    format!(".{}.", name(target))
}

/// The target without links, and what is there.
pub(super) fn resolve(target: &Path) -> Result<(PathBuf, Found)> {
    let real = match target.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok((target.to_owned(), Found::Nothing));
        }
        Err(error) => return Err(error),
    };
    if !real.is_dir() {
        return Err(std::io::Error::new(
            ErrorKind::NotADirectory,
            format!(
                "`{}` is a file, and a table is put in a folder: name another place",
                target.display()
            ),
        ));
    }
    // Staging folders are nothing that anybody sees.
    let mut found = Found::Empty;
    for entry in fs::read_dir(&real)? {
        if !is_staging(&entry?.file_name().to_string_lossy(), ".") {
            found = Found::Files;
            break;
        }
    }
    Ok((real, found))
}

/// What the target is called in the names of its staging folders.
fn name(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    if name.len() <= SHOWN {
        return name.into_owned();
    }
    blake3::hash(name.as_bytes()).to_hex().to_string()
}

fn is_staging(name: &str, prefix: &str) -> bool {
    let attempt = name
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_suffix(ENDING));
    attempt.is_some_and(|attempt| {
        attempt.len() == ATTEMPT && attempt.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Removes what writers left that did not live to do so. What can not be removed stays.
fn remove_stale(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        if !is_staging(&entry.file_name().to_string_lossy(), prefix) {
            continue;
        }
        let staging = entry.path();
        // Held while the folder is removed, so that nobody moves in.
        if let Ok(_lock) = take(&staging) {
            tracing::info!("removes `{}`, which a writer left", staging.display());
            if let Err(error) = fs::remove_dir_all(&staging) {
                tracing::warn!(%error, "`{}` can not be removed", staging.display());
            }
        }
    }
}

/// Makes a staging folder and locks it.
fn lock(staging: &Path) -> Result<File> {
    fs::create_dir(staging)?;
    let locked = take(staging).and_then(|lock| {
        // A writer that looked for stale folders right now can have removed this one.
        let there = fs::metadata(staging.join(LOCK))?;
        let ours = lock.metadata()?;
        match (there.dev(), there.ino()) == (ours.dev(), ours.ino()) {
            true => Ok(lock),
            false => Err(ErrorKind::NotFound.into()),
        }
    });
    if locked.is_err() {
        // Nothing is in it but a lock.
        let _ = fs::remove_dir_all(staging);
    }
    locked
}

fn take(staging: &Path) -> Result<File> {
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(staging.join(LOCK))?;
    lock.try_lock()?;
    Ok(lock)
}

fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folders(parent, made)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => made.push(folder.to_owned()),
        // Somebody else was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(error) => {
            unmake(made);
            return Err(error);
        }
    }
    Ok(())
}

/// Removes folders that nobody put anything in.
fn unmake(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

fn not_allowed(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

fn taken(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists
    )
}

/// Every folder, from below.
fn flush(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            flush(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// What was renamed is there; only a loss of power could undo it now.
fn flush_folder(folder: Option<&Path>) {
    let flushed = folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all());
    if let Err(error) = flushed {
        tracing::warn!(%error, "a folder was renamed and can not be flushed to the disk");
    }
}

/// A file while it is written.
pub(super) struct StagedFile {
    file: File,
    at: PathBuf,
    shown: String,
    bytes: u64,
    finished: bool,
    shared: Arc<Shared>,
}

impl StagedFile {
    /// A file at `at`, where there is none, and whose folder is there.
    pub(super) fn create(at: PathBuf, path: &str, shared: &Arc<Shared>) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&at)?;
        Ok(Self {
            file,
            at,
            shown: path.to_owned(),
            bytes: 0,
            finished: false,
            shared: Arc::clone(shared),
        })
    }
}

impl SinkFile for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> std::result::Result<(), String> {
        self.shared.open()?;
        self.file
            .write_all(bytes)
            .map_err(|error| format!("the file `{}` can not be written: {error}", self.shown))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> std::result::Result<u64, String> {
        self.shared.open()?;
        self.file
            .sync_all()
            .map_err(|error| format!("the file `{}` can not be written: {error}", self.shown))?;
        self.finished = true;
        Ok(self.bytes)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if !self.finished {
            // It may be gone with everything else.
            let _ = fs::remove_file(&self.at);
        }
    }
}
