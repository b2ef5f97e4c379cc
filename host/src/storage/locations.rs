//! The files of a table.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::StreamExt;
use object_store::{ObjectStoreExt, path::Path as Key};

use super::{
    failure::{LocationError, explain},
    files::{At, File, Files, Store},
    options::StoreOptions,
    pattern::{self, Pattern},
    place::{Local, Place, Remote},
    wait::wait,
};
use crate::sandbox::Interrupt;

/// Files of one table.
const FILES: usize = 1_000_000;

/// Where the files of a table are.
///
/// A location is a path or a URL of a file, a folder or a pattern. Files whose names begin with `.` or `_`,
/// and what lies in such folders, are left out: they are somebody's notes, or not finished.
#[derive(Debug, Clone)]
pub struct Locations(Arc<Vec<Location>>);

#[derive(Debug)]
struct Location {
    /// As it was written.
    text: String,
    place: Place,
}

impl Locations {
    /// # Errors
    ///
    /// If there is none, or one is no path and no URL of a store that is known.
    pub fn new(locations: &[String], options: &StoreOptions) -> Result<Self, LocationError> {
        if locations.is_empty() {
            return Err(LocationError::None);
        }
        let parsed = locations.iter().map(|text| {
            Ok(Location {
                place: Place::parse(text, options)?,
                text: text.clone(),
            })
        });
        let parsed: Result<Vec<_>, LocationError> = parsed.collect();
        Ok(Self(Arc::new(parsed?)))
    }

    /// The files that are there now. Reading them stops when `interrupt` says so.
    ///
    /// # Errors
    ///
    /// If a location holds nothing, or can not be listed.
    pub fn list(&self, interrupt: &Arc<Interrupt>) -> Result<Files, LocationError> {
        let mut found = BTreeMap::new();
        let mut seen = HashSet::new();
        for location in self.0.iter() {
            let mut listing = Listing {
                location: &location.text,
                interrupt,
                found: &mut found,
                seen: &mut seen,
                fitting: 0,
            };
            match &location.place {
                Place::Local(local) => listing.local(local)?,
                Place::Remote(remote) => listing.remote(remote)?,
            }
        }
        Ok(Files::new(self.to_string(), found, Arc::clone(interrupt)))
    }
}

impl std::fmt::Display for Locations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, location) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}`{}`", location.text)?;
        }
        Ok(())
    }
}

/// One location while its files are looked for.
struct Listing<'a> {
    location: &'a str,
    interrupt: &'a Interrupt,
    found: &'a mut BTreeMap<String, File>,
    /// Paths of this machine: one file can be named in two ways.
    seen: &'a mut HashSet<PathBuf>,
    /// Files of this location, those of another included.
    fitting: usize,
}

impl Listing<'_> {
    fn add(&mut self, path: String, file: File) -> Result<(), LocationError> {
        if self.found.len() >= FILES {
            return Err(LocationError::TooMany {
                location: self.location.to_owned(),
                limit: FILES,
            });
        }
        self.fitting += 1;
        if let At::Path(at) = &file.at
            && !self.seen.insert(at.clone())
        {
            return Ok(());
        }
        self.found.insert(path, file);
        Ok(())
    }

    fn pattern(&self, text: &str) -> Result<Pattern, LocationError> {
        Pattern::parse(text).map_err(|reason| LocationError::Pattern {
            location: self.location.to_owned(),
            reason,
        })
    }

    /// The base of a pattern was looked through.
    fn fitted(&self) -> Result<(), LocationError> {
        match self.fitting {
            0 => Err(LocationError::Unmatched(self.location.to_owned())),
            _ => Ok(()),
        }
    }

    fn local(&mut self, local: &Local) -> Result<(), LocationError> {
        let Local { shown, absolute } = local;
        match fs::metadata(absolute) {
            Ok(metadata) if metadata.is_file() => {
                let path = text(shown)?.to_owned();
                self.add(path, file(absolute.clone(), &metadata))
            }
            Ok(metadata) if metadata.is_dir() => self.walk(shown, absolute, None),
            Ok(_) => Err(LocationError::Special(shown.clone())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let whole = text(shown)?;
                if !pattern::is_pattern(whole) {
                    return Err(LocationError::Missing(self.location.to_owned()));
                }
                let (base, rest) = pattern::split(whole);
                let pattern = self.pattern(rest)?;
                // The pattern is the end of both.
                let levels = rest.split('/').filter(|name| !name.is_empty()).count();
                let folder = absolute.ancestors().nth(levels);
                let folder = folder.unwrap_or(Path::new("/"));
                if !folder.is_dir() {
                    return Err(LocationError::Missing(base.to_owned()));
                }
                self.walk(Path::new(base), folder, Some(&pattern))?;
                self.fitted()
            }
            Err(source) => Err(unreadable(shown, source)),
        }
    }

    fn walk(
        &mut self,
        shown: &Path,
        folder: &Path,
        pattern: Option<&Pattern>,
    ) -> Result<(), LocationError> {
        // A link can lead back: every folder is entered once.
        let mut entered = HashSet::new();
        let mut folders = vec![(folder.to_owned(), Vec::<String>::new())];
        while let Some((folder, names)) = folders.pop() {
            let failed = |source| unreadable(&folder, source);
            let metadata = fs::metadata(&folder).map_err(failed)?;
            if !entered.insert((metadata.dev(), metadata.ino())) {
                continue;
            }
            for entry in fs::read_dir(&folder).map_err(failed)? {
                self.interrupt
                    .check()
                    .map_err(super::wait::WaitError::from)?;
                let entry = entry.map_err(failed)?;
                let at = entry.path();
                let name = entry.file_name();
                let name = name
                    .to_str()
                    .ok_or_else(|| LocationError::Name(at.clone()))?;
                if hidden(name) {
                    continue;
                }
                let metadata = match fs::metadata(&at) {
                    Ok(metadata) => metadata,
                    // Gone since, or a link to nothing.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(source) => return Err(unreadable(&at, source)),
                };
                let mut names = names.clone();
                names.push(name.to_owned());
                let path: Vec<&str> = names.iter().map(String::as_str).collect();
                if metadata.is_dir() {
                    if pattern.is_none_or(|pattern| pattern.descends(&path)) {
                        folders.push((at, names));
                    }
                } else if metadata.is_file() && pattern.is_none_or(|pattern| pattern.matches(&path))
                {
                    let shown = shown.join(path.join("/"));
                    self.add(text(&shown)?.to_owned(), file(at, &metadata))?;
                }
            }
        }
        Ok(())
    }

    fn remote(&mut self, remote: &Remote) -> Result<(), LocationError> {
        let failed = |error: object_store::Error| LocationError::Store {
            location: self.location.to_owned(),
            reason: explain(&error),
        };
        let from = Arc::new(Store {
            client: Arc::clone(&remote.store),
            origin: Arc::clone(&remote.origin),
        });
        let one = |key: Key, size| File {
            size,
            at: At::Object(Arc::clone(&from), key),
        };
        if !remote.folder && remote.pattern.is_empty() {
            let (store, key) = (Arc::clone(&remote.store), remote.base.clone());
            let head = wait(self.interrupt, async move { store.head(&key).await })?;
            match head {
                Ok(meta) => {
                    let file = one(meta.location.clone(), meta.size);
                    return self.add(remote.shown(&meta.location), file);
                }
                // Not an object: perhaps what objects' names begin with.
                Err(object_store::Error::NotFound { .. }) if !remote.http => {}
                Err(object_store::Error::NotFound { .. }) => {
                    return Err(LocationError::Missing(self.location.to_owned()));
                }
                Err(error) => return Err(failed(error)),
            }
        }
        let pattern = match &*remote.pattern {
            "" => None,
            text => Some(self.pattern(text)?),
        };
        let (store, base) = (Arc::clone(&remote.store), remote.base.clone());
        let listed = wait(self.interrupt, async move {
            let mut objects = store.list(Some(&base)).take(FILES + 1);
            let mut listed = Vec::new();
            while let Some(object) = objects.next().await {
                listed.push(object?);
            }
            Ok(listed)
        })?;
        for object in listed.map_err(failed)? {
            let key = &object.location;
            // What stands for a folder in some consoles.
            let Some(below) = key.prefix_match(&remote.base) else {
                continue;
            };
            let names: Vec<_> = below.map(|part| part.as_ref().to_owned()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if names.is_empty() || names.iter().any(|name| hidden(name)) {
                continue;
            }
            if pattern.as_ref().is_none_or(|it| it.matches(&names)) {
                let file = one(key.clone(), object.size);
                self.add(remote.shown(key), file)?;
            }
        }
        if pattern.is_some() {
            return self.fitted();
        }
        match self.fitting {
            0 => Err(LocationError::Missing(self.location.to_owned())),
            _ => Ok(()),
        }
    }
}

fn hidden(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

fn file(at: PathBuf, metadata: &fs::Metadata) -> File {
    File {
        size: metadata.len(),
        at: At::Path(at),
    }
}

pub(super) fn text(path: &Path) -> Result<&str, LocationError> {
    path.to_str()
        .ok_or_else(|| LocationError::Name(path.to_owned()))
}

fn unreadable(path: &Path, source: std::io::Error) -> LocationError {
    LocationError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
