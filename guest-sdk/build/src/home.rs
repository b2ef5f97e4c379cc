//! Where what we made for a machine is kept, and how it gets there in one step.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::Progress;

/// A place in Arrowbox's folder in the user's data directory: for a toolchain, or for what a language's builder needs.
pub(crate) struct Home {
    data: PathBuf,
    name: String,
}

impl Home {
    pub(crate) fn new(data: PathBuf, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { data, name }
    }

    /// The place, whether or not anything is there.
    pub(crate) fn place(&self) -> PathBuf {
        self.data.join(&self.name)
    }

    /// What folders are called in which it is made.
    fn unfinished(&self) -> String {
        format!(".{}-", self.name)
    }

    /// Waits until no other process makes the same here. The system gives the lock back when its
    /// holder dies, however it dies.
    pub(crate) fn lock(&self, progress: &dyn Progress) -> io::Result<File> {
        fs::create_dir_all(&self.data)?;
        let file = File::create(self.data.join(format!("{}.lock", self.name)))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.step(&format!(
                    "waiting for another process that makes {}",
                    self.place().display()
                ));
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(file)
    }

    /// A folder to make it in, on the file system where it will stay. What an earlier,
    /// killed process left is removed. Only for the holder of the lock.
    pub(crate) fn staging(&self) -> io::Result<TempDir> {
        let unfinished = self.unfinished();
        for entry in fs::read_dir(&self.data)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&unfinished) {
                // A child of the killed process may still be writing; what is left goes next time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        tempfile::Builder::new()
            .prefix(&unfinished)
            .tempdir_in(&self.data)
    }

    /// Puts what is finished, made in `staging`, into its place; what is there now is removed.
    pub(crate) fn install(&self, made: &Path, staging: &TempDir) -> io::Result<()> {
        let place = self.place();
        if place.symlink_metadata().is_ok() {
            fs::rename(&place, staging.path().join("replaced"))?;
        }
        fs::rename(made, &place)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, mpsc},
        thread,
    };

    use super::*;

    #[test]
    fn a_second_process_waits_for_the_first() {
        let data = tempfile::tempdir().unwrap();
        let home = || Home::new(data.path().join("not/there/yet"), "toolchain");
        let first = home().lock(&|_: &str| panic!("nobody holds it")).unwrap();
        let (waiting, told) = mpsc::channel();
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                let waiting = move |text: &str| waiting.send(text.to_owned()).unwrap();
                let _second = home().lock(&waiting).unwrap();
                order.lock().unwrap().push("second");
            });
            assert!(told.recv().unwrap().contains("another process"));
            order.lock().unwrap().push("first");
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), ["first", "second"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::new(data.path().to_owned(), "toolchain");
        let left = home.staging().unwrap().keep();
        fs::write(left.join("half"), "of it").unwrap();
        fs::create_dir(home.place()).unwrap();
        fs::write(data.path().join("other"), "").unwrap();
        let staging = home.staging().unwrap();
        assert!(!left.exists());
        assert!(
            home.place().exists() && data.path().join("other").exists() && staging.path().exists()
        );
    }

    #[test]
    fn a_finished_toolchain_replaces_a_broken_one() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::new(data.path().to_owned(), "toolchain");
        fs::create_dir(home.place()).unwrap();
        fs::write(home.place().join("old"), "").unwrap();
        let staging = home.staging().unwrap();
        let made = staging.path().join("usr");
        fs::create_dir(&made).unwrap();
        fs::write(made.join("new"), "").unwrap();
        home.install(&made, &staging).unwrap();
        assert!(home.place().join("new").exists() && !home.place().join("old").exists());
        let place = staging.path().to_owned();
        drop(staging);
        assert!(!place.exists());
    }
}
