//! One attempt at writing a table: all of it, or nothing.
//!
//! # On this machine
//!
//! Files are staged in `.<name>.<attempt>.staging/data` beside the target `<name>`, on the same file system,
//! where no reader looks. (Where the target is the root of a file system, or its parent can not be written,
//! the folder is `.<attempt>.staging` inside of the target.) Publishing is
//!
//! 1. flush every file, then every folder, to the disk;
//! 2. one `rename` of `data`: it becomes the target if there is none, or an empty folder; and
//!    `<target>/<attempt>` if the target has something in it already;
//! 3. flush the folder above, and remove what is left of the staging folder.
//!
//! A process that is killed before the rename has changed nothing that is seen, and after it everything. The
//! file `lock` in the staging folder is locked as long as its writer lives; the system lets go of it when the
//! process ends, however it does. The next writer to the same target removes the staging folders whose lock
//! it can take.
//!
//! # In an object store
//!
//! Files become objects under `<location>/<attempt>/`. Until publishing, nothing is there: a large file is
//! uploaded in parts which the store shows to nobody before the upload is completed, and small ones are held
//! in memory, which is charged to the query. Publishing completes the uploads: first those of the partitions,
//! then those that were created in the commit phase, one after the other in the order of their creation. The
//! last of them, a manifest, is the commit point: a store has no way to show several objects at once, so a
//! process that is killed while it publishes can leave objects that no manifest names. Where it fails and
//! lives, it deletes what it showed, the last first. Parts of an upload that was never completed are removed
//! by the store's own rule for such parts.
//!
//! # On many machines
//!
//! Whoever plans a write gives it its name, and [begins](Target::begin) it; other machines
//! [join](Target::join) it by that name. On a file system that all of them see, they put files into the one
//! staging folder, and whoever planned the write publishes all of it. In an object store each holds its own
//! uploads until it is told to publish them; whoever planned the write tells them so, and publishes last. It
//! [adopts](Staging::adopt) their files before, so that it can delete them where that fails.

mod joined;
mod local;
mod name;
mod remote;

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use datafusion::execution::memory_pool::MemoryPool;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::joined::Joined;
use super::{
    failure::LocationError,
    locations::text,
    options::StoreOptions,
    place::{Local, Origin, Place, Remote},
};
use crate::sandbox::{FileSink, Interrupt, SinkFile, Stopped};

/// Files of one write.
const FILES: usize = 1_000_000;

/// Where a writer puts a table.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was written.
    text: String,
    place: Place,
}

impl Target {
    /// # Errors
    ///
    /// If nothing can be written there.
    pub fn new(location: &str, options: &StoreOptions) -> Result<Self, LocationError> {
        let refused = |reason: &str| LocationError::Target {
            location: location.to_owned(),
            reason: reason.to_owned(),
        };
        let place = Place::parse(location, options)?;
        if let Place::Remote(Remote { http, pattern, .. }) = &place {
            if *http {
                return Err(refused(
                    "http(s) is only read; write to a folder, s3, gs, az or abfss",
                ));
            }
            if !pattern.is_empty() {
                return Err(refused("a pattern is no place; name a folder"));
            }
        }
        Ok(Self {
            text: location.to_owned(),
            place,
        })
    }

    /// Begins the attempt of this name, which no other has. Nothing is made before the first file is. Memory
    /// is charged to `pool`.
    pub fn begin(
        &self,
        attempt: Uuid,
        interrupt: &Arc<Interrupt>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Arc<Staging> {
        let attempt = attempt.simple().to_string();
        let stage = match &self.place {
            Place::Local(local) => Stage::Local(local::Stage::new(&local.absolute, &attempt)),
            Place::Remote(remote) => {
                Stage::Remote(remote::Stage::new(remote, &attempt, interrupt, pool))
            }
        };
        self.staging(stage, interrupt)
    }

    /// Joins the attempt of this name, which another machine has begun.
    pub fn join(
        &self,
        attempt: Uuid,
        interrupt: &Arc<Interrupt>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Arc<Staging> {
        let attempt = attempt.simple().to_string();
        let stage = match &self.place {
            Place::Local(local) => Stage::Joined(Joined::new(&local.absolute, &attempt)),
            Place::Remote(remote) => {
                Stage::Remote(remote::Stage::new(remote, &attempt, interrupt, pool))
            }
        };
        self.staging(stage, interrupt)
    }

    fn staging(&self, stage: Stage, interrupt: &Arc<Interrupt>) -> Arc<Staging> {
        Arc::new(Staging {
            shared: Arc::new(Shared {
                location: self.text.clone(),
                interrupt: Arc::clone(interrupt),
                state: Mutex::default(),
            }),
            stage,
        })
    }

    /// The target for another machine, which has the same files.
    ///
    /// # Errors
    ///
    /// If its path is no text.
    pub fn encode(&self) -> Result<EncodedTarget, LocationError> {
        Ok(EncodedTarget {
            text: self.text.clone(),
            place: match &self.place {
                Place::Local(local) => EncodedPlace::Local(text(&local.absolute)?.to_owned()),
                Place::Remote(remote) => EncodedPlace::Remote(Origin::clone(&remote.origin)),
            },
        })
    }

    /// The target that another machine has encoded.
    ///
    /// # Errors
    ///
    /// If this machine has no client for it.
    pub fn decode(encoded: EncodedTarget) -> Result<Self, LocationError> {
        Ok(Self {
            text: encoded.text,
            place: match encoded.place {
                EncodedPlace::Local(path) => Place::Local(Local {
                    shown: PathBuf::from(&path),
                    absolute: PathBuf::from(path),
                }),
                EncodedPlace::Remote(origin) => origin.place()?,
            },
        })
    }
}

/// A [`Target`] on its way.
#[derive(Serialize, Deserialize)]
pub struct EncodedTarget {
    text: String,
    place: EncodedPlace,
}

#[derive(Serialize, Deserialize)]
enum EncodedPlace {
    Local(String),
    Remote(Origin),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a write does not become visible.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// The query ended.
    #[error("nothing was written to `{location}`: {stopped}")]
    Stopped {
        /// Where to.
        location: String,
        /// Why.
        stopped: Stopped,
    },
    /// It was given up before.
    #[error("nothing was written to `{0}`: the write was given up")]
    Aborted(String),
    /// The place does not take it.
    #[error("nothing was written to `{location}`: {reason}")]
    Failed {
        /// Where to.
        location: String,
        /// What happened.
        reason: String,
    },
}

/// One attempt. Dropped before it is published, it leaves nothing.
pub struct Staging {
    shared: Arc<Shared>,
    stage: Stage,
}

enum Stage {
    Local(local::Stage),
    Joined(Joined),
    Remote(remote::Stage),
}

/// What files know of their attempt.
struct Shared {
    location: String,
    interrupt: Arc<Interrupt>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    names: HashSet<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Partitions create files.
    #[default]
    Writing,
    /// Files that are created now come behind all others.
    Committing,
    /// One thread makes everything visible, and nobody else touches anything.
    Publishing,
    Published,
    Aborted,
}

impl Phase {
    /// Whether a file that is created now comes behind all others.
    fn late(self) -> Result<bool, String> {
        match self {
            Self::Writing => Ok(false),
            Self::Committing => Ok(true),
            Self::Publishing | Self::Published => Err("the write is over".to_owned()),
            Self::Aborted => Err("the write was given up".to_owned()),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether files can still be written.
    fn open(&self) -> Result<(), String> {
        self.state().phase.late().map(drop)
    }

    fn failed(&self, reason: String) -> StagingError {
        let location = self.location.clone();
        match self.interrupt.check() {
            Err(stopped) => StagingError::Stopped { location, stopped },
            Ok(()) => StagingError::Failed { location, reason },
        }
    }
}

/// What is wrong with a name that is taken.
fn created_before(path: &str) -> String {
    format!("the file `{path}` was created before: a partition must not use a name of another")
}

impl Staging {
    /// Makes the place where other machines put files. Goes before any of them writes.
    ///
    /// # Errors
    ///
    /// If nothing can be written there.
    pub fn open(&self) -> Result<(), StagingError> {
        match &self.stage {
            Stage::Local(stage) => stage.open().map_err(|reason| self.shared.failed(reason)),
            Stage::Joined(_) | Stage::Remote(_) => Ok(()),
        }
    }

    /// Whether files of other machines are in the place where this one has its own, so that publishing here
    /// publishes them too.
    pub fn is_shared(&self) -> bool {
        match &self.stage {
            Stage::Local(_) | Stage::Joined(_) => true,
            Stage::Remote(_) => false,
        }
    }

    /// Files of other machines become part of what is published, or removed, here. Goes before any of them
    /// publishes its own.
    ///
    /// # Errors
    ///
    /// If two machines have created one file.
    pub fn adopt(&self, files: Vec<String>) -> Result<(), StagingError> {
        let mut state = self.shared.state();
        for file in &files {
            if !state.names.insert(file.clone()) {
                return Err(self.shared.failed(created_before(file)));
            }
        }
        drop(state);
        if let Stage::Remote(stage) = &self.stage {
            stage.adopt(&files);
        }
        Ok(())
    }

    /// Deletes what other machines have published of what was adopted. Blocks.
    pub fn withdraw(&self) {
        if let Stage::Remote(stage) = &self.stage {
            stage.withdraw();
        }
    }

    /// From now on, files come behind all others.
    pub fn commit_phase(&self) {
        let mut state = self.shared.state();
        if state.phase == Phase::Writing {
            state.phase = Phase::Committing;
        }
    }

    /// Makes everything visible. After an error nothing is there.
    ///
    /// # Errors
    ///
    /// See [`StagingError`].
    pub fn publish(&self) -> Result<(), StagingError> {
        let files = {
            let mut state = self.shared.state();
            match state.phase {
                Phase::Writing | Phase::Committing => state.phase = Phase::Publishing,
                _ => return Err(StagingError::Aborted(self.shared.location.clone())),
            }
            state.names.len()
        };
        let published = match &self.stage {
            Stage::Local(stage) => stage.publish(&self.shared.interrupt, files),
            // Whoever has begun the write does it.
            Stage::Joined(_) => Ok(()),
            Stage::Remote(stage) => stage.publish(&self.shared.interrupt),
        };
        let mut state = self.shared.state();
        match published {
            Ok(()) => {
                state.phase = Phase::Published;
                Ok(())
            }
            Err(reason) => {
                state.phase = Phase::Aborted;
                drop(state);
                self.remove();
                Err(self.shared.failed(reason))
            }
        }
    }

    /// Gives up, unless everything is visible or about to be. Removes what was staged here; what was begun in
    /// an object store is removed in the background.
    pub fn abort(&self) {
        {
            let mut state = self.shared.state();
            match state.phase {
                Phase::Writing | Phase::Committing => state.phase = Phase::Aborted,
                Phase::Publishing | Phase::Published | Phase::Aborted => return,
            }
        }
        self.remove();
    }

    fn remove(&self) {
        match &self.stage {
            Stage::Local(stage) => stage.remove(),
            Stage::Joined(_) => {}
            Stage::Remote(stage) => stage.remove(),
        }
    }
}

impl FileSink for Staging {
    fn create(&self, path: &str) -> Result<Box<dyn SinkFile>, String> {
        name::check(path)?;
        // Held until the file is there, so that nothing is made behind the back of `abort`.
        let mut state = self.shared.state();
        let late = state.phase.late()?;
        if state.names.contains(path) {
            return Err(created_before(path));
        }
        if state.names.len() == FILES {
            return Err(format!(
                "a write has at most {FILES} files: make larger ones"
            ));
        }
        let file = match &self.stage {
            Stage::Local(stage) => stage.create(path, &self.shared)?,
            Stage::Joined(stage) => stage.create(path, &self.shared)?,
            Stage::Remote(stage) => stage.create(path, &self.shared, late),
        };
        state.names.insert(path.to_owned());
        Ok(file)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.abort();
    }
}

impl std::fmt::Debug for Staging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Staging({})", self.shared.location)
    }
}

#[cfg(test)]
mod tests;
